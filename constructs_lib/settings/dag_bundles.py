"""Where the DAGs of a stage are: in the image, or in DAG bundles, which change without a deployment."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from constructs_lib.engine.names import aws_name
from constructs_lib.settings.git_url import NO_ADDRESS, addresses, git_url
from constructs_lib.settings.secret import SecretNameText
from constructs_lib.settings.values import BucketName, KmsKeyArn, like
from constructs_lib.shared.bad_input import shown
from constructs_lib.shared.user_model import UserModel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from constructs_lib.settings.settings import Settings

ONE_BUNDLE = "dags"
"""The name of the bundle of a stage that has one and names none."""
EXAMPLES = "example_dags"
"""A name that Airflow refuses for a bundle (`airflow.dag_processing.bundles.manager`)."""
MAX_BUNDLES = 20
"""Every process has a list of them in a variable, and a task definition is at most 64 KiB (ECS: "Service quotas")."""
WORD = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}"
"""A part of a path whose characters need no quotes. It is neither "." nor ".."."""
GIT_REF = r"(?!.*(?:\.\.|//|\.lock(?:/|$)|[./]$))\w[\w./-]{0,199}"
"""Git: "git-check-ref-format", without characters that are rare in names."""
PUBLIC_GIT_HOSTS = ("bitbucket.org", "codeberg.org", "dev.azure.com", "github.com", "gitlab.com")
"""Hosts that have only public addresses, which a network without a route to the internet does not reach."""

BundleName = Annotated[
    str,
    like(
        r"(?=.{1,40}$)[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*",
        "a bundle's name of up to 40 characters: words of lower-case letters and digits, joined by one '_' or '-',"
        " the first one starting with a letter",
    ),
]


class _Bundle(UserModel):
    """A bundle, whose fields have no address but that of a repository."""

    # An address is refused for its password, which pydantic's own message would show.
    model_config = ConfigDict(hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_addresses(cls, values: object) -> object:
        for place in addresses(values):
            msg = f"{place} {NO_ADDRESS}"
            raise ValueError(msg)
        return values


class DagsInS3(_Bundle):
    """
    DAGs in a bucket, which `airflow-fargate dags push` changes.

    The objects of a bundle are in `<prefix>/<name of the bundle>/`. Each push is a version, and a run keeps the version
    that it started with.
    """

    bucket: BucketName | None = None
    """
    An existing bucket in the stage's region; `None`: a bucket of the stage. The policy of a bucket in another account
    must allow the roles of the stage.
    """
    prefix: Annotated[
        str,
        like(
            rf"{WORD}(?:/{WORD}){{0,7}}",
            "1 to 8 words of letters, digits, '.', '_' and '-', joined by '/', such as dags or teams/data",
        ),
    ] = "dags"
    """Prefix of the keys in the bucket."""
    refresh_sec: int = Field(default=2, ge=1, le=3600)
    """Seconds between two looks for a new version. Each look is a request to S3."""
    kms_key_arn: KmsKeyArn | None = None
    """The KMS key that encrypts the bucket; `None`: S3's key. It must be in the stage's region."""
    keep_versions: int = Field(default=20, ge=2, le=1000)
    """Number of versions that are always kept."""
    keep_days: int = Field(default=30, ge=1, le=3650)
    """Days for which all versions are kept. A version that a run still needs is kept for longer."""


class DagsInGit(_Bundle):
    """
    DAGs in a Git repository. A push to the branch changes them, and a version is a commit.

    `tasks/` of the repository is beside `dags/`, as in this project.
    """

    url: Annotated[str, AfterValidator(git_url)]
    """Address of the repository: https, without a user or a password."""
    ref: Annotated[str, like(GIT_REF, "a branch, a tag or a commit of letters, digits and ._-/, such as main")] = "main"
    """The branch, the tag or the commit."""
    folder: Annotated[
        str,
        like(
            rf"(?:{WORD}(?:/{WORD}){{0,7}})?",
            "a folder of the repository: up to 8 words of letters, digits, '.', '_' and '-', joined by '/'",
        ),
    ] = ""
    """The folder of the repository that contains `dags/`; empty: the repository itself."""
    secret: SecretNameText | None = None
    """
    The secret with a token that may read the repository: the name of a secret in Secrets Manager, the path of an SSM
    parameter, or an ARN. A key of the secret's JSON can follow. It is read for each look, so that a new token needs no
    deployment. `None`: the repository is public.
    """
    refresh_sec: int = Field(default=30, ge=5, le=86400)
    """Seconds between two looks for a new commit."""

    @property
    def host(self) -> str:
        """The host of the repository, in lower case."""
        return re.sub(r"https://([^/:]+).*", r"\1", self.url).lower()


DagBundle = DagsInS3 | DagsInGit


def _kind(value: object) -> str:
    if isinstance(value, dict):
        return "[git]" if value.keys() & (DagsInGit.model_fields.keys() - DagsInS3.model_fields.keys()) else "[s3]"
    return "[git]" if isinstance(value, DagsInGit) else "[s3]"


def _form(value: object) -> str:
    if isinstance(value, dict):
        named = [each for each in value.values() if each == "image" or isinstance(each, dict | DagsInS3 | DagsInGit)]
        return "[bundles]" if named else _kind(value)
    return _kind(value) if isinstance(value, DagsInS3 | DagsInGit) else "[image]"


def _known_form(value: object) -> object:
    if isinstance(value, type):
        msg = f"must be 'image' or a bundle, got the class {value.__name__}; write {value.__name__}()"
        raise ValueError(msg)  # noqa: TRY004 pydantic makes a sentence of it
    for place in addresses(value):
        raise ValueError(f"dags.{place} {NO_ADDRESS}" if place else NO_ADDRESS)
    if value != "image" and not (value and isinstance(value, dict | DagsInS3 | DagsInGit)):
        msg = f"must be 'image', DagsInS3(...), DagsInGit(...), or a table of bundles by name, got {shown(value)}"
        raise ValueError(msg)
    return value


_S3 = Annotated[DagsInS3, Tag("[s3]")]
_GIT = Annotated[DagsInGit, Tag("[git]")]
Dags = Annotated[
    Annotated[Literal["image"], Tag("[image]")]
    | _S3
    | _GIT
    | Annotated[
        dict[BundleName, Annotated[_S3 | _GIT, Discriminator(_kind)]],
        Field(max_length=MAX_BUNDLES),
        Tag("[bundles]"),
    ],
    Discriminator(_form),
    BeforeValidator(_known_form),
]
"""
`image`: the DAGs are in the Airflow image. `DagsInS3` and `DagsInGit`: they are in a bundle, which changes without a
deployment. A table of these: several bundles, by name.
"""


def dag_bundles(dags: Dags) -> dict[str, DagBundle]:
    """Return the bundles of *dags* by name, sorted; there are none if the DAGs are in the image."""
    if isinstance(dags, str):
        return {}
    return dict(sorted(dags.items())) if isinstance(dags, dict) else {ONE_BUNDLE: dags}


def s3_bundles(dags: Dags) -> dict[str, DagsInS3]:
    """Return the bundles of *dags* in S3, by name."""
    return {name: each for name, each in dag_bundles(dags).items() if isinstance(each, DagsInS3)}


def git_bundles(dags: Dags) -> dict[str, DagsInGit]:
    """Return the bundles of *dags* in Git, by name."""
    return {name: each for name, each in dag_bundles(dags).items() if isinstance(each, DagsInGit)}


def task_tables(dags: Dags) -> list[DagsInS3]:
    """
    Return where the stage writes which task folders it has deployed: beside each bundle of *dags* in S3.

    If all bundles are in Git, it is where a bundle in the stage's own bucket would be.
    """
    if tables := [*s3_bundles(dags).values()]:
        return tables
    return [DagsInS3()] if git_bundles(dags) else []


def git_secrets(dags: Dags) -> dict[str, str]:
    """Return the secrets of the bundles of *dags* in Git, by the bundle."""
    return {name: each.secret for name, each in git_bundles(dags).items() if each.secret}


def bundle_rules(settings: Settings) -> Iterator[str]:
    """Yield a sentence for each bundle that its place, another bundle or the network does not allow."""
    in_s3, in_git = s3_bundles(settings.dags), git_bundles(settings.dags)
    yield from _same_names({**in_s3, **in_git})
    for name, bundle in in_s3.items():
        yield from _wrong_bucket(_key(name, settings), bundle, settings)
    yield from _wrong_keys(in_s3)
    yield from _overlaps({name: (each.bucket, f"{each.prefix}/{name}/") for name, each in in_s3.items()})
    for name, repository in in_git.items() if settings.nat == "none" else ():
        yield from _unreachable(_key(name, settings), repository, settings)


def _key(name: str, settings: Settings) -> str:
    """Return where the bundle *name* is in *settings*."""
    return f"dags.{name}" if isinstance(settings.dags, dict) else "dags"


def _same_names(bundles: Mapping[str, DagBundle]) -> Iterator[str]:
    if EXAMPLES in bundles:
        yield f"dags.{EXAMPLES} must have another name: Airflow's own example DAGs have this one; rename it"
    for one, other in combinations(bundles, 2):
        if aws_name(one) == aws_name(other):
            yield f"dags.{one} and dags.{other} have names that differ only in '-' and '_'; rename one of them"


def _wrong_bucket(key: str, bundle: DagsInS3, settings: Settings) -> Iterator[str]:
    if bundle.kms_key_arn and (got := bundle.kms_key_arn.split(":")[3]) != settings.region:
        yield f"{key}.kms_key_arn must be a key in the stage's region, {settings.region}, got one in {got}"
    if bundle.bucket and bundle.bucket == settings.state_bucket:
        yield (
            f"{key}.bucket must not be the bucket of the Terraform state, {bundle.bucket!r}, because whoever pushes"
            " DAGs could change the state; use another bucket, or none for a bucket of the stage"
        )
    own = re.fullmatch(rf"{settings.name}-(logs|dags)-\d{{12}}-{settings.region}", bundle.bucket or "")
    if own:
        what = "for task logs, which expire" if own[1] == "logs" else "for DAGs"
        yield f"{key}.bucket must not be the stage's own bucket {what}; remove it for a bucket of the stage"


def _wrong_keys(bundles: Mapping[str, DagsInS3]) -> Iterator[str]:
    for (one, first), (other, second) in combinations(bundles.items(), 2):
        if first.bucket == second.bucket and first.kms_key_arn != second.kms_key_arn:
            yield (
                f"dags.{one}.kms_key_arn and dags.{other}.kms_key_arn must be equal, because both bundles are in the"
                " same bucket; set both, or use another bucket"
            )


def _overlaps(places: Mapping[str, tuple[str | None, str]]) -> Iterator[str]:
    for (one, (bucket, folder)), (other, (second, inner)) in combinations(places.items(), 2):
        if bucket == second and (folder.startswith(inner) or inner.startswith(folder)):
            yield (
                f"dags.{one} and dags.{other} overlap in the bucket: their keys start with {folder} and {inner}; change"
                " the prefix of one of them"
            )


def _unreachable(key: str, bundle: DagsInGit, settings: Settings) -> Iterator[str]:
    proxied = any(name.upper() in ("HTTPS_PROXY", "ALL_PROXY") for name in settings.environment)
    if bundle.host in PUBLIC_GIT_HOSTS and not proxied:
        yield (
            f"{key}.url is at {bundle.host}, which a network with nat = 'none' does not reach; set another nat,"
            " set HTTPS_PROXY in environment, or use DagsInS3"
        )
    if bundle.host.startswith("git-codecommit.") and "git-codecommit" not in settings.endpoint_services:
        yield (
            f"{key}.url needs the VPC endpoint of CodeCommit with nat = 'none'; add 'git-codecommit' to"
            " additional_endpoints"
        )
