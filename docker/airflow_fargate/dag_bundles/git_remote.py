"""
A Git repository of DAGs on a remote host, by the program `git`.

Of a commit, only the files in the folders that are asked for are downloaded, without its history ("git-fetch(1)":
`--depth`, `--filter`; "git-sparse-checkout(1)"). A remote that cannot do that sends the whole history.

The credentials are read from their secret for each command, so that a rotated secret needs no restart. They reach git
in variables of its own process: neither its arguments, nor its configuration, nor a log contains them.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from constructs_lib.shared.bad_input import shown

LOOK_SEC = 15
"""The main loop of the dag-processor waits for a look, and other bundles with it."""
DOWNLOAD_SEC = 300
CONFIG = {
    "fetch.unpackLimit": "1",
    "gc.auto": "0",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "10",
    "maintenance.auto": "false",
}
"""
Git writes packs, which it renames into their place, and no single objects, of which a killed process leaves some. A
download of less than 1,000 bytes a second for 10 seconds has failed ("git-config(1)").
"""
MAX_PACKS = 400
"""Each commit adds two. With more, the store starts anew."""
TOKEN_USER = "x-token-auth"  # noqa: S105 a user
"""The user of a secret that has only a token: Bitbucket asks for this one, GitHub and GitLab accept any."""
CREDENTIAL_HELPER = (
    '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n"'
    ' "$AIRFLOW_FARGATE_GIT_USER" "$AIRFLOW_FARGATE_GIT_PASSWORD"; }; f'
)
"""What git runs in a shell if the remote asks for credentials ("gitcredentials(7)"). The shell itself has `printf`."""
INHERITED = re.compile(r"PATH|GIT_SSL_CAINFO|SSL_CERT_FILE|(https?|all|no)_proxy", re.IGNORECASE)
"""The variables that git gets of this process, whose other variables may be secret."""
BOUNDED = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
COMMIT = re.compile(r"[0-9a-f]{40}")


class GitRemoteError(Exception):
    """What a user can do something about: the remote, its credentials, the ref or the folder."""


class MissingError(GitRemoteError):
    """The repository has no such ref, commit or folder: to try again does not help."""


class StoreError(GitRemoteError):
    """Git fails, and not because of the remote."""


@dataclass(frozen=True)
class GitRemote:
    """
    The repository at *url*, with a local copy of some of its objects in the folder *store*.

    *secret* is the ARN of a secret in Secrets Manager, with ECS's `:key:stage:version` behind it, or of an SSM
    parameter. Its value is a token, or JSON with `username` and `password`.
    """

    url: str
    store: Path
    secret: str | None = None

    def find(self, ref: str) -> str:
        """
        Return the commit of the branch or the tag *ref*; a commit is returned as it is.

        Raises:
            MissingError: the repository has no such branch or tag.
            GitRemoteError: the remote is away, or refuses.

        """
        if COMMIT.fullmatch(ref):
            return ref
        names = (f"refs/heads/{ref}", f"refs/tags/{ref}^{{}}", f"refs/tags/{ref}")
        found = self._run("ls-remote", self.url, *names, timeout_sec=LOOK_SEC, credentials=self._credentials())
        commits = {name: commit for commit, name in (line.split("\t") for line in found.splitlines())}
        for name in names:
            if name in commits:
                return commits[name]
        msg = f"{self.url} has neither a branch nor a tag {ref!r}; correct ref in the setting dags, or push it"
        raise MissingError(msg)

    def export(self, commit: str, patterns: Sequence[str], folder: Path) -> None:
        """
        Write the files of *commit* that match *patterns*, in the form of `.gitignore`, into *folder*, a new one.

        Raises:
            MissingError: the repository has no such commit.
            GitRemoteError: the remote is away, or refuses.

        """
        try:
            self._export(commit, patterns, folder)
        except StoreError:
            # A killed process may have left half of the store, or the remote does not hand out single files.
            for path in (self.store, folder):
                shutil.rmtree(path, ignore_errors=True)
            self._create_store()
            self._whole.touch()
            self._export(commit, patterns, folder)

    @property
    def _whole(self) -> Path:
        """The file that marks a store with all files of its commits."""
        return self.store / "whole"

    def _create_store(self) -> None:
        # Without a template there are no hooks.
        self._run("init", "--quiet", "--bare", "--template=", str(self.store))
        self._run_in_store("remote", "add", "origin", self.url)

    def _export(self, commit: str, patterns: Sequence[str], folder: Path) -> None:
        if len(list(self.store.glob("objects/pack/*.pack"))) > MAX_PACKS:
            shutil.rmtree(self.store)
        if not self.store.exists():
            self._create_store()
        credentials = self._credentials()
        if not self._run_in_store("for-each-ref", f"refs/commits/{commit}"):
            self._fetch(commit, credentials)
        self.store.joinpath("info").mkdir(exist_ok=True)
        self.store.joinpath("info/sparse-checkout").write_text("".join(f"{each}\n" for each in patterns))
        folder.mkdir()
        with tempfile.TemporaryDirectory(dir=self.store) as index:
            # It downloads the files that are missing, all at once.
            self._run_in_store(
                *("-c", "core.sparseCheckout=true", "-c", "core.bare=false", f"--work-tree={folder}"),
                *("read-tree", "--reset", "-u", commit),
                credentials={"GIT_INDEX_FILE": f"{index}/index", **credentials},
            )

    def _fetch(self, commit: str, credentials: Mapping[str, str]) -> None:
        fetch = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head"]
        if not self._whole.exists():
            fetch.append("--filter=blob:none")
        # The reference shows later that the commit has arrived.
        reference = f"refs/commits/{commit}"
        try:
            self._run_in_store(*fetch, "--depth=1", "origin", f"+{commit}:{reference}", credentials=credentials)
        except StoreError:
            # Hosts differ in which commits they hand out by name. All of them hand out branches and tags.
            if self.store.joinpath("shallow").exists():
                fetch.append("--unshallow")
            every = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
            self._run_in_store(*fetch, "origin", *every, credentials=credentials)
            try:
                self._run_in_store("update-ref", reference, commit)
            except StoreError:
                msg = (
                    f"{self.url} has no commit {commit}, because a branch was rewritten or deleted; push the commit"
                    " again, or clear the DAG runs that started with it"
                )
                raise MissingError(msg) from None

    def _run_in_store(self, *arguments: str, credentials: Mapping[str, str] | None = None) -> str:
        return self._run(f"--git-dir={self.store}", *arguments, credentials=credentials)

    def _run(
        self, *arguments: str, timeout_sec: float = DOWNLOAD_SEC, credentials: Mapping[str, str] | None = None
    ) -> str:
        try:
            run = subprocess.run(
                ["git", *arguments],  # noqa: S607 the image has one
                env=self._environment() | dict(credentials or {}),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout_sec,
                check=False,
            )
        except FileNotFoundError:
            msg = "the program git is missing: build the image with --build-arg WITH_GIT=1"
            raise GitRemoteError(msg) from None
        except subprocess.TimeoutExpired:
            msg = f"{self.url} did not answer within {timeout_sec:.0f} s"
            raise GitRemoteError(msg) from None
        if run.returncode:
            raise self._fault(run.stderr)
        return run.stdout

    def _fault(self, printed: str) -> GitRemoteError:
        if re.search(r"Authentication failed|could not read (Username|Password)|error: 40[13]", printed):
            what = f"refuses the credentials in {self.secret}" if self.secret else "asks for credentials"
            todo = "store a valid token there" if self.secret else "set secret in the setting dags"
            return GitRemoteError(f"{self.url} {what}; {todo}")
        if away := re.search(r"unable to access.*", printed):
            return GitRemoteError(f"{self.url}: {away[0]}")
        return StoreError(f"{self.url}: git failed: {shown(printed.strip())}")

    def _credentials(self) -> dict[str, str]:
        if not self.secret:
            return {}
        user, password = read_credentials(self.secret)
        return {"AIRFLOW_FARGATE_GIT_USER": user, "AIRFLOW_FARGATE_GIT_PASSWORD": password}

    def _environment(self) -> dict[str, str]:
        address = urlsplit(self.url)
        config = CONFIG | {
            "credential.helper": "",
            # Only this host gets the credentials. If it redirects to another host, that one gets none.
            f"credential.{address.scheme}://{address.netloc}.helper": CREDENTIAL_HELPER if self.secret else "",
        }
        numbered = [
            (f"GIT_CONFIG_{kind}_{number}", text)
            for number, item in enumerate(config.items())
            for kind, text in zip(("KEY", "VALUE"), item, strict=True)
        ]
        return {
            **{name: value for name, value in os.environ.items() if INHERITED.fullmatch(name)},
            **dict(numbered),
            "GIT_ALLOW_PROTOCOL": address.scheme,
            "GIT_CONFIG_COUNT": str(len(config)),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
        }


def read_credentials(secret: str) -> tuple[str, str]:
    """
    Return the user and the password in *secret*, as `GitRemote` describes it.

    Raises:
        GitRemoteError: it cannot be read, or it has neither a token nor a password.

    """
    parts = secret.split(":")
    service, region, arn = parts[2], parts[3], ":".join(parts[:7])
    key, stage, version = (*parts[7:], "", "", "")[:3]
    try:
        if service == "ssm":
            # The role may call what ECS itself calls for a parameter in a variable: the plural.
            client = boto3.client("ssm", region_name=region, config=BOUNDED)
            found = client.get_parameters(Names=[arn], WithDecryption=True)["Parameters"]
            text = "".join(each["Value"] for each in found)
        else:
            which = {"VersionStage": stage} if stage else {"VersionId": version} if version else {}
            manager = boto3.client("secretsmanager", region_name=region, config=BOUNDED)
            text = manager.get_secret_value(SecretId=arn, **which)["SecretString"]
    except (BotoCoreError, ClientError) as error:
        msg = f"{arn} cannot be read: {error}"
        raise GitRemoteError(msg) from None
    user, password = _user_and_password(text, key)
    if not password or "\n" in user + password:
        msg = f"{secret} must hold a token, or JSON with username and password"
        raise GitRemoteError(msg)
    return user, password


def _user_and_password(text: str, key: str) -> tuple[str, str]:
    try:
        value = json.loads(text)
    except ValueError:
        value = text.strip()
    if isinstance(value, dict):
        return str(value.get("username") or TOKEN_USER), str(value.get(key or "password") or "")
    return TOKEN_USER, "" if key else str(value)
