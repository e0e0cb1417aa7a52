"""Promises of pausing a stage and waking it now; AWS is moto's, in which tasks run and end at once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from moto import mock_aws
from typing_extensions import override

from airflow_on_fargate.operations.composed_stage import ComposedService
from airflow_on_fargate.operations.services import Services
from airflow_on_fargate.operations.waiting import OperationError
from constructs_lib.shared.bad_input import BadInputError
from tests.airflow_on_fargate.operations.described import at
from tests.airflow_on_fargate.operations.stage_in_moto import NAME, StageInMoto, make

CORE = ComposedService("scheduler", "airflow-dev-scheduler", min_count=2, max_count=2)
API = ComposedService("api-server", "airflow-dev-api-server", min_count=1, max_count=4, scaled=True)
WORKERS = ComposedService("worker-spot", "airflow-dev-worker-spot", min_count=1, max_count=9, scaled=True)


class Settled(Services):
    """Services with their desired number of tasks, and *busy* more workers; with *core*, each has that number."""

    busy = 0
    core: int | None = None

    @override
    def describe(self) -> dict[str, dict[str, Any]]:
        """Set each service's running count to its desired count, which moto does not do."""
        found = super().describe()
        for name, each in found.items():
            own = each["desiredCount"] + (self.busy if name.startswith("worker") else 0)
            each["runningCount"] = own if self.core is None else self.core
        return found

    @override
    def running_tasks(self, service: ComposedService) -> Iterator[dict[str, Any]]:
        """Yield a task for each busy worker."""
        yield from ({"taskArn": f"{service.name}/{number}"} for number in range(self.busy))

    @override
    def protections(self, tasks: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """Protect all of them."""
        yield from ({"protectionEnabled": True, "expirationDate": at(60)} for _ in tasks)


@pytest.fixture(name="dev")
def _dev() -> Iterator[StageInMoto]:
    """Deploy a stage."""
    with mock_aws():
        stage = make(CORE, API, WORKERS)
        stage.deploy()
        yield stage


def settled(stage: StageInMoto, busy: int = 0) -> Settled:
    """Return the stage's services at rest."""
    services = Settled(stage.stage, stage.client("ecs"))
    services.busy = busy
    return services


def test_a_paused_stage_runs_nothing(dev: StageInMoto) -> None:
    """A paused stage has no tasks, cannot scale out, and its database is stopped again daily."""
    dev.switch(services=settled(dev)).pause(force=False)

    assert dev.counts() == {"scheduler": 0, "api-server": 0, "worker-spot": 0}
    assert dev.bounds() == {"api-server": (0, 0), "worker-spot": (0, 0)}
    assert dev.state() == ("nothing", "stopped", "ENABLED")
    assert dev.lines[-1] == "airflow-dev is paused; airflow-fargate resume --stage dev starts it again"


def test_a_woken_stage_is_as_it_was(dev: StageInMoto) -> None:
    """A resumed stage has the counts and bounds of the settings, and its schedule is unchanged except for its state."""
    before = dev.client("scheduler").get_schedule(GroupName=NAME, Name=dev.stage.keep_stopped)
    switch = dev.switch(services=settled(dev))
    switch.pause(force=False)
    switch.resume()
    after = dev.client("scheduler").get_schedule(GroupName=NAME, Name=dev.stage.keep_stopped)

    assert dev.counts() == {"scheduler": 2, "api-server": 1, "worker-spot": 1}
    assert dev.bounds() == {"api-server": (1, 4), "worker-spot": (1, 9)}
    assert dev.state() == ("all", "available", "DISABLED")
    for field in ("Target", "ScheduleExpression", "ScheduleExpressionTimezone", "Description", "State"):
        assert after[field] == before[field]


def test_pause_and_resume_can_be_repeated(dev: StageInMoto) -> None:
    """A repeated pause or resume changes nothing, also not a service between its bounds."""
    switch = dev.switch(services=settled(dev))
    dev.client("ecs").update_service(cluster=NAME, service="api-server", desiredCount=3)
    switch.resume()
    assert dev.counts()["api-server"] == 3
    for _ in range(2):
        switch.pause(force=False)
    assert dev.state() == ("nothing", "stopped", "ENABLED")
    for _ in range(2):
        switch.resume()
    assert dev.state() == ("all", "available", "DISABLED")


def test_work_is_waited_for_and_not_cut_off(dev: StageInMoto) -> None:
    """If workers do not finish in time, the core processes keep running, and the sentence says what to do."""
    with pytest.raises(OperationError) as refused:
        dev.switch(services=settled(dev, busy=2)).pause(force=False)

    assert str(refused.value) == (
        "worker-spot of airflow-dev still at work after 15 minutes. Workers accept no new tasks, and the other services"
        " still run: run airflow-fargate pause --stage dev again to keep waiting, or"
        " airflow-fargate pause --stage dev --force to stop the tasks"
    )
    line = dev.lines[-1].partition("  worker-spot  ")[2]
    assert line.startswith("2 tasks running, desired count 0; 2 still finish their tasks, protected until ")
    assert dev.counts() == {"scheduler": 2, "api-server": 1, "worker-spot": 0}
    assert dev.state() == ("core", "available", "DISABLED")


def test_force_does_not_wait(dev: StageInMoto) -> None:
    """With FORCE=1 the pause does not wait for workers."""
    dev.switch(services=settled(dev, busy=2)).pause(force=True)

    assert dev.state() == ("nothing", "stopped", "ENABLED")


def test_a_core_that_does_not_end_is_reported(dev: StageInMoto) -> None:
    """A core process that does not stop is reported, and the database keeps running."""
    slow = settled(dev)
    slow.core = 1

    with pytest.raises(OperationError, match="scheduler, api-server of airflow-dev still running after 10 minutes"):
        dev.switch(services=slow).pause(force=True)
    assert dev.state()[1] == "available"


def test_a_core_that_does_not_start_is_reported(dev: StageInMoto) -> None:
    """Core processes that do not start within half an hour are reported, and no worker is started."""
    dev.switch(services=settled(dev)).pause(force=False)
    broken = settled(dev)
    broken.core = 0

    with pytest.raises(OperationError, match="scheduler, api-server of airflow-dev not running after 30 minutes"):
        dev.switch(services=broken).resume()
    assert dev.counts()["worker-spot"] == 0


@pytest.mark.usefixtures("moto")
def test_a_compact_stage_with_a_database_of_somebody_else() -> None:
    """A compact stage with an existing database has only one service to stop."""
    stage = make(ComposedService("airflow", "airflow-dev-airflow"), database=False)
    stage.deploy()
    switch = stage.switch(services=settled(stage))

    switch.pause(force=False)
    assert stage.counts() == {"airflow": 0}
    switch.resume()
    assert stage.counts() == {"airflow": 1}
    assert stage.lines[-1] == "airflow-dev runs again"


@pytest.mark.usefixtures("moto")
@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_a_stage_that_is_not_deployed_is_reported(verb: str) -> None:
    """A stage that is not deployed is reported, and nothing is created for it."""
    stage = make(CORE)
    switch = stage.switch()

    with pytest.raises(
        BadInputError,
        match="airflow-dev is not deployed in eu-central-1: airflow-fargate deploy --stage dev creates it",
    ):
        switch.resume() if verb == "resume" else switch.pause(force=False)
    assert stage.client("ssm").describe_parameters()["Parameters"] == []


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_what_is_composed_but_not_deployed_is_reported_before_a_change(dev: StageInMoto, verb: str) -> None:
    """A service that is composed but not deployed is reported before anything is changed."""
    dev.client("ecs").delete_service(cluster=NAME, service="worker-spot", force=True)
    before, switch = dev.state(), dev.switch(services=settled(dev))

    with pytest.raises(
        BadInputError, match=r"no service worker-spot .+ to pause or resume it without a deployment, check out"
    ):
        switch.resume() if verb == "resume" else switch.pause(force=False)
    assert dev.state() == before
