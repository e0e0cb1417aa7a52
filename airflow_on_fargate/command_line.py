"""The arguments of `python main.py`, and the stages it works on."""

import argparse
import re
from collections.abc import Iterable, Sequence

from pydantic import TypeAdapter, ValidationError

from airflow_on_fargate.stages_file import read_stages
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.values import BucketName
from constructs_lib.shared.bad_input import BadInputError, nearest, refusal, shown

ACTIONS = ("plan", "deploy", "destroy", "bootstrap")


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the parsed arguments: `verb` (None writes all stages), `stage`, and the options of the verb."""
    description = "Write the Terraform JSON of every stage to cdktf.out."
    parser = argparse.ArgumentParser(prog="main.py", description=description)
    verbs = parser.add_subparsers(dest="verb", title="other verbs")
    check = verbs.add_parser("check", help="fail with one sentence if an action must not be done with a stage")
    check.add_argument("action", choices=ACTIONS)
    check.add_argument("stage")
    bootstrap = verbs.add_parser(
        "bootstrap", help="write the stacks of the bucket for a stage's Terraform state and of its github_roles"
    )
    bootstrap.add_argument("stage")
    export = verbs.add_parser("export", help="write a stage as plain Terraform, in HCL, a file for each part")
    export.add_argument("stage")
    export.add_argument("--to", required=True, metavar="FOLDER", help="an empty folder, or one of an earlier export")
    images = verbs.add_parser("images", help="list, or build and push, the images of a stage with an image_registry")
    actions = images.add_subparsers(dest="action", required=True)
    listed = actions.add_parser("list", help="show which images the stage needs, and which its registry has")
    listed.add_argument("--json", action="store_true", help="as JSON, for programs")
    pushed = actions.add_parser("push", help="build and push the images that the registry lacks")
    pushed.add_argument("--create-repositories", action="store_true", help="create those that ECR lacks")
    pushed.add_argument("--parallel", type=_count, default=2, metavar="N", help="images at a time (2)")
    checked = actions.add_parser("check", help="warn of images that the registry lacks, before a plan or a deployment")
    for each in (listed, pushed, checked):
        each.add_argument("stage")
    policy = verbs.add_parser("policy", help="print an IAM policy that people or pipelines need for a stage")
    policy.add_argument("name", help="plan, deploy-network, operate, ... (docs/roles.md)")
    policy.add_argument("stage")
    return parser.parse_args(arguments)


def _count(text: str) -> int:
    """Return the number from 1 to 16 that *text* is."""
    if not re.fullmatch("[1-9]|1[0-6]", text):
        msg = f"must be a number from 1 to 16, got {shown(text)}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def load_stages(state_bucket: str | None) -> dict[str, Settings]:
    """
    Return the stages of stages.py by name; *state_bucket* replaces the bucket of all.

    Raises:
        BadInputError: a stage or the bucket's name is wrong, two stages have the same name, a bucket has two regions,
            or stages.py cannot be used.

    """
    if state_bucket:
        try:
            TypeAdapter(BucketName).validate_python(state_bucket)
        except ValidationError as error:
            raise refusal(error, None, "TF_STATE_BUCKET in the environment") from None
    stages: dict[str, Settings] = {}
    for settings in read_stages():
        if settings.stage in stages:
            msg = f"stages.py: stage {settings.stage!r} is defined twice; give each stage its own name"
            raise BadInputError(msg)
        stages[settings.stage] = settings.model_copy(update={"state_bucket": state_bucket} if state_bucket else None)
    if not state_bucket:
        # TF_STATE_BUCKET is only for the stage that is deployed now, so the others are not checked against it.
        _check_buckets(stages.values())
    return stages


def _check_buckets(stages: Iterable[Settings]) -> None:
    owners: dict[str, Settings] = {}
    for settings in stages:
        if not settings.state_bucket:
            continue
        other = owners.setdefault(settings.state_bucket, settings)
        if settings.state_bucket_region != other.state_bucket_region:
            regions = " and ".join(
                f"{each.state_bucket_region!r} for stage {each.stage!r}" for each in (other, settings)
            )
            msg = (
                f"stages.py: state_bucket {settings.state_bucket!r} can only be in one region, got {regions}; set"
                " state_region in both, or give each stage its own bucket"
            )
            raise BadInputError(msg)


def find_stage(stages: dict[str, Settings], name: str) -> Settings:
    """
    Return the stage *name*.

    Raises:
        BadInputError: there is no such stage; the sentence names the most similar one, or all.

    """
    if name not in stages:
        msg = f"STAGE {shown(name)} is not in stages.py; {nearest(name, stages)}"
        raise BadInputError(msg)
    return stages[name]


def refuse(action: str, settings: Settings) -> None:
    """
    Refuse an *action* that cannot succeed or would destroy protected data.

    Raises:
        BadInputError: the stage has no bucket for its state, or is protected and would be destroyed.

    """
    if action == "destroy" and settings.protected:
        msg = (
            f"cannot destroy {settings.name}: it is protected; to allow it, set protected=False for stage"
            f" {settings.stage!r} in stages.py and run make deploy STAGE={settings.stage} first"
        )
        raise BadInputError(msg)
    if not settings.state_bucket:
        msg = (
            f"cannot {action} {settings.name}: it has no bucket for the Terraform state: set state_bucket in"
            " stages.py or TF_STATE_BUCKET in the environment, then run"
            f" make bootstrap STAGE={settings.stage}"
        )
        raise BadInputError(msg)
