"""Promises of what the parameter of a stage is read for."""

import pytest

from airflow_on_fargate.operations.composed_stage import ComposedStage
from airflow_on_fargate.operations.running import RunningParameter
from constructs_lib.shared.bad_input import BadInputError
from tests.airflow_on_fargate.operations.stage_in_moto import NAME, REGION, make

STAGE = ComposedStage(NAME, REGION, None, ())


@pytest.mark.usefixtures("moto")
@pytest.mark.parametrize(
    ("what", "said"), [("nothing", "airflow-dev is paused"), ("core", "airflow-dev is being paused or woken")]
)
def test_a_paused_stage_is_not_deployed_to(what: str, said: str) -> None:
    """The sentence says how it is woken; `make status` tells the same."""
    ssm = make().client("ssm")
    ssm.put_parameter(Name=STAGE.running, Value=what, Type="String")
    running, told = RunningParameter(STAGE, ssm), list[str]()

    with pytest.raises(BadInputError, match=f"^{said}: .*; make resume STAGE=dev first$"):
        running.refuse_paused()
    running.tell(told.append)
    assert told == [said]


@pytest.mark.usefixtures("moto")
@pytest.mark.parametrize("what", ["all", None])
def test_a_stage_that_is_awake_or_new_is_deployed_to(what: str | None) -> None:
    """Nothing is told of it."""
    ssm = make().client("ssm")
    if what:
        ssm.put_parameter(Name=STAGE.running, Value=what, Type="String")
    running, told = RunningParameter(STAGE, ssm), list[str]()

    running.refuse_paused()
    running.tell(told.append)
    assert told == []
