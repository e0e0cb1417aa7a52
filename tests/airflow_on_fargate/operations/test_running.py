"""Promises of what the parameter of a stage is read for."""

import pytest

from airflow_on_fargate.operations.composed_stage import ComposedStage
from airflow_on_fargate.operations.running import RunningParameter
from constructs_lib.shared.bad_input import BadInputError
from tests.airflow_on_fargate.operations.stage_in_moto import NAME, REGION, make

STAGE = ComposedStage(NAME, REGION, None, ())


@pytest.mark.usefixtures("moto")
@pytest.mark.parametrize(
    ("what", "state"), [("nothing", "airflow-dev is paused"), ("core", "airflow-dev is being paused or resumed")]
)
def test_a_paused_stage_is_not_deployed_to(what: str, state: str) -> None:
    """A deployment of a paused stage is refused with the command that resumes it."""
    ssm = make().client("ssm")
    ssm.put_parameter(Name=STAGE.running, Value=what, Type="String")
    running, lines = RunningParameter(STAGE, ssm), list[str]()

    with pytest.raises(BadInputError, match=f"^{state}, so .*: run airflow-fargate resume --stage dev first$"):
        running.refuse_paused()
    running.report_pause(lines.append)
    assert lines == [state]


@pytest.mark.usefixtures("moto")
@pytest.mark.parametrize("what", ["all", None])
def test_a_stage_that_is_awake_or_new_is_deployed_to(what: str | None) -> None:
    """A running or new stage can be deployed without a message."""
    ssm = make().client("ssm")
    if what:
        ssm.put_parameter(Name=STAGE.running, Value=what, Type="String")
    running, lines = RunningParameter(STAGE, ssm), list[str]()

    running.refuse_paused()
    running.report_pause(lines.append)
    assert lines == []
