"""What `python main.py` can be asked."""

import argparse
from collections.abc import Iterable, Sequence

from pydantic import TypeAdapter, ValidationError

from airflow_on_fargate.stages_file import read_stages
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.values import BucketName
from constructs_lib.shared.bad_input import BadInputError, nearest, refusal, shown

ACTIONS = ("plan", "deploy", "destroy", "bootstrap")


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return `verb` (None: write all stages), with it `stage`, to check `action`, and for a policy `name`."""
    description = "Write the Terraform JSON of every stage to cdktf.out."
    parser = argparse.ArgumentParser(prog="main.py", description=description)
    verbs = parser.add_subparsers(dest="verb", title="instead of that")
    check = verbs.add_parser("check", help="say in one sentence whether an action has to be refused for a stage")
    check.add_argument("action", choices=ACTIONS)
    check.add_argument("stage")
    bootstrap = verbs.add_parser("bootstrap", help="write the stack of the bucket that holds a stage's state")
    bootstrap.add_argument("stage")
    policy = verbs.add_parser("policy", help="print an IAM policy that people or pipelines need for a stage")
    policy.add_argument("name", help="plan, deploy-network, operate, ... (docs/roles.md)")
    policy.add_argument("stage")
    return parser.parse_args(arguments)


def load_stages(state_bucket: str | None) -> dict[str, Settings]:
    """
    Return the stages of stages.py by name, all with *state_bucket* if one is given.

    Raises:
        BadInputError: a stage, or the bucket's name, is wrong; a stage is there twice; one bucket is in two regions;
            stages.py cannot be used.

    """
    if state_bucket:
        try:
            TypeAdapter(BucketName).validate_python(state_bucket)
        except ValidationError as error:
            raise refusal(error, None, "TF_STATE_BUCKET in the environment") from None
    stages: dict[str, Settings] = {}
    for settings in read_stages():
        if settings.stage in stages:
            msg = f"stages.py: stage {settings.stage!r} is there twice; give each its own name"
            raise BadInputError(msg)
        stages[settings.stage] = settings.model_copy(update={"state_bucket": state_bucket} if state_bucket else None)
    if not state_bucket:
        # TF_STATE_BUCKET is that of the stage which is deployed now; another stage may get another one.
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
                f"stages.py: state_bucket {settings.state_bucket!r} is in one region, got {regions}; set"
                " state_region in both, or give each stage a bucket of its own"
            )
            raise BadInputError(msg)


def find_stage(stages: dict[str, Settings], name: str) -> Settings:
    """
    Return the stage *name*.

    Raises:
        BadInputError: there is none; the sentence tells the nearest, or all.

    """
    if name not in stages:
        msg = f"STAGE {shown(name)} is not in stages.py; {nearest(name, stages)}"
        raise BadInputError(msg)
    return stages[name]


def refuse(action: str, settings: Settings) -> None:
    """
    Refuse an *action* that would end badly.

    Raises:
        BadInputError: the state has no bucket, or what holds data would be destroyed.

    """
    if action == "destroy" and settings.protected:
        msg = (
            f"cannot destroy {settings.name}: it is protected; to allow it, set protected=False for stage"
            f" {settings.stage!r} in stages.py and make deploy STAGE={settings.stage} first"
        )
        raise BadInputError(msg)
    if not settings.state_bucket:
        msg = (
            f"cannot {action} {settings.name}: the bucket for the Terraform state is not named; set state_bucket in"
            " stages.py or TF_STATE_BUCKET in the environment, then"
            f" make bootstrap STAGE={settings.stage}"
        )
        raise BadInputError(msg)
