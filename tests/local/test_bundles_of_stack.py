"""Promises of commands on bundles that the running stack may not have."""

from pathlib import Path

import pytest

from airflow_on_fargate.dags.stage_bundle import StageBundle
from airflow_on_fargate.local.bundles_of_stack import check_bundle, note_bundles
from airflow_on_fargate.local.state import State
from constructs_lib.settings.dag_bundles import DagsInGit, DagsInS3
from constructs_lib.settings.settings import Settings
from constructs_lib.shared.bad_input import BadInputError
from tests.local.state_folder import MACHINE

RESTART = "restart it with airflow-fargate local down and airflow-fargate local up --stage dev"
STARTED = Settings(
    stage="dev", dags={"etl": DagsInS3(), "web": DagsInGit(url="https://example.com/dags.git", secret="token")}
)


@pytest.fixture(name="state")
def _state(tmp_path: Path) -> State:
    """Return the state of a stack that runs the stage `dev`."""
    state = State(tmp_path / "state")
    state.make()
    MACHINE.write(state)
    return state


def refusal(state: State, started: Settings, asked: Settings) -> str:
    """Return the sentence about the bundle of *asked* when the stack has *started*."""
    note_bundles(started, state, pointer=None)
    with pytest.raises(BadInputError) as error:
        check_bundle(StageBundle.find(asked, None, local=True), state)
    return str(error.value)


def test_a_bundle_that_the_stack_has_is_accepted(state: State) -> None:
    """The bundles are those of the stage at the start of the stack."""
    note_bundles(STARTED, state, pointer=None)

    check_bundle(StageBundle.find(STARTED, "etl", local=True), state)


def test_a_bundle_that_stages_py_has_since_the_start_is_refused(state: State) -> None:
    """The sentence names the bundle, and how to restart; so it is if the DAGs were in `dags/` or in another place."""
    new = Settings(stage="dev", dags={"reports": DagsInS3()})
    without = f"the local stack has been started without the bundle reports of airflow-dev; {RESTART}"

    assert refusal(state, STARTED, new) == without
    assert refusal(state, Settings(stage="dev"), new) == without
    moved = Settings(stage="dev", dags={"reports": DagsInS3(prefix="elsewhere")})
    assert refusal(state, moved, new) == (
        "the local stack has been started with another bucket or prefix of the bundle reports of airflow-dev;"
        f" {RESTART}"
    )


def test_a_bundle_of_another_stage_is_refused(state: State) -> None:
    """The sentence names both stages."""
    prod = Settings(stage="prod", dags=DagsInS3())

    assert refusal(state, STARTED, prod) == (
        "the local stack runs the stage dev, not prod; restart it with airflow-fargate local down and"
        " airflow-fargate local up --stage prod"
    )
