"""The DAG bundles that the stack on this machine has had since its start."""

import json

from airflow_on_fargate.advice import advised
from airflow_on_fargate.dags.stage_bundle import StageBundle
from airflow_on_fargate.local.machine import Machine
from airflow_on_fargate.local.state import State, read_json
from constructs_lib.settings.dag_bundles import DagsInS3, s3_bundles
from constructs_lib.settings.settings import Settings
from constructs_lib.shared.bad_input import BadInputError


def note_bundles(settings: Settings, state: State, *, pointer: str | None) -> None:
    """
    Record the bundles in S3 of a stack that starts, unless its DAGs are read from `dags/`.

    *pointer* is the file of the local S3 with the current version, if the stage has one bundle.
    """
    state.dag_bundle.unlink(missing_ok=True)
    if settings.dags != "image":
        places = {name: _place(each) for name, each in s3_bundles(settings.dags).items()}
        kept = {"stage": settings.stage, "pointer": pointer, "places": places}
        state.dag_bundle.write_text(json.dumps(kept), encoding="utf-8")


def check_bundle(bundle: StageBundle, state: State) -> None:
    """
    Refuse a *bundle* that the running stack does not have.

    Raises:
        BadInputError: it runs another stage, or `stages.py` has changed since its start.

    """
    running, stage = Machine.read(state).stage, bundle.settings.stage
    restart = f"restart it with {advised('local down')} and {advised('local up', stage)}"
    if running != stage:
        msg = f"the local stack runs the stage {running}, not {stage}; {restart}"
        raise BadInputError(msg)
    places = (read_json(state.dag_bundle) or {}).get("places", {})
    if bundle.name not in places:
        msg = f"the local stack has been started without {bundle.title}; {restart}"
        raise BadInputError(msg)
    if places[bundle.name] != _place(bundle.place):
        msg = f"the local stack has been started with another bucket or prefix of {bundle.title}; {restart}"
        raise BadInputError(msg)


def _place(place: DagsInS3) -> list[str | None]:
    return [place.bucket, place.prefix]
