"""The stages of the project by name, and what must not be done with them."""

from collections.abc import Iterable
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from airflow_on_fargate.advice import advised
from airflow_on_fargate.stages_file import read_stages
from constructs_lib.settings.dag_bundles import s3_bundles
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.values import BucketName
from constructs_lib.shared.bad_input import BadInputError, nearest, refusal, shown

Action = Literal["plan", "deploy", "destroy", "bootstrap"]


def load_stages(state_bucket: str | None) -> dict[str, Settings]:
    """
    Return the stages of stages.py by name; *state_bucket* replaces the bucket of all.

    Raises:
        BadInputError: a stage or the bucket's name is wrong, two stages have the same name, a bucket has two regions,
            two stages have their DAGs in the same place, or stages.py cannot be used.

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
    _check_prefixes(stages.values())
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


def _check_prefixes(stages: Iterable[Settings]) -> None:
    """Refuse stages that would write their tables of deployed tasks to the same object of an existing bucket."""
    owners: dict[tuple[str, str], str] = {}
    for settings in stages:
        for bundle in s3_bundles(settings.dags).values():
            other = owners.setdefault((bundle.bucket, bundle.prefix), settings.stage) if bundle.bucket else ""
            if other not in ("", settings.stage):
                msg = (
                    f"stages.py: stages {other!r} and {settings.stage!r} have DAGs in the bucket {bundle.bucket!r} with"
                    f" the prefix {bundle.prefix!r}; give each stage its own prefix"
                )
                raise BadInputError(msg)


def find_stage(stages: dict[str, Settings], name: str) -> Settings:
    """
    Return the stage *name*.

    Raises:
        BadInputError: there is no such stage; the sentence names the most similar one, or all.

    """
    if name not in stages:
        msg = f"stage {shown(name)} is not in stages.py; {nearest(name, stages)}"
        raise BadInputError(msg)
    return stages[name]


def refuse(action: Action, settings: Settings) -> None:
    """
    Refuse an *action* that cannot succeed or would destroy protected data.

    Raises:
        BadInputError: the stage has no bucket for its state, or is protected and would be destroyed.

    """
    if action == "destroy" and settings.protected:
        msg = (
            f"cannot destroy {settings.name}: it is protected; to allow it, set protected=False for stage"
            f" {settings.stage!r} in stages.py and run {advised('deploy', settings.stage)} first"
        )
        raise BadInputError(msg)
    if not settings.state_bucket:
        msg = (
            f"cannot {action} {settings.name}: it has no bucket for the Terraform state: set state_bucket in"
            " stages.py or TF_STATE_BUCKET in the environment, then run"
            f" {advised('bootstrap', settings.stage)}"
        )
        raise BadInputError(msg)
