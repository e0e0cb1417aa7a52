"""Promises of what is called to pause a stage and to wake it."""

import pytest
from cdktf import TerraformResource, TerraformStack, Testing

from constructs_lib.iam.schedule import Call, Schedule
from constructs_lib.pause.steps import Parts, Step, Tasks, pausing, resuming
from constructs_lib.settings.pause_schedule import Minutes

PAUSING, RESUMING = Minutes(workers=0, core=15, database=20), Minutes(database=2, core=12, workers=17)
CORE = Tasks(cluster="airflow-dev", service="scheduler", least=2, most=2, scaled=False)
SCALED = Tasks(cluster="airflow-dev", service="api-server", least=1, most=4, scaled=True)
WORKERS = Tasks(cluster="airflow-dev", service="worker-spot", least=0, most=9, scaled=True)
GROUP = TerraformResource(TerraformStack(Testing.app(), "pause"), "Group", terraform_resource_type="group")
KEEP_STOPPED = Schedule(
    group="airflow-dev",
    name="keep",
    description="",
    expression="",
    time_zone="UTC",
    call=Call("rds:stopDBInstance", {"DbInstanceIdentifier": "airflow-dev"}),
    role_arn="",
    partition="aws",
    made_after=GROUP,
    enabled=False,
)


def parts(*tasks: Tasks, database: str | None = "airflow-dev") -> Parts:
    """Return a stage of these."""
    return Parts(tasks=tasks, running="/airflow-dev/running", database=database, keep_stopped=KEEP_STOPPED)


def told(steps: list[Step]) -> list[tuple[int, str]]:
    """Return when each part has its turn."""
    return [(step.minutes, step.part) for step in steps]


def test_a_pause_goes_from_the_workers_to_the_database() -> None:
    """What is to run is said before it is done, so that Terraform never expects more than there is."""
    assert told(list(pausing(parts(CORE, WORKERS), PAUSING))) == [
        (0, "running-core"),
        (0, "worker-spot"),
        (15, "running-nothing"),
        (15, "scheduler"),
        (20, "database"),
        (20, "daily-stop"),
    ]


def test_waking_goes_from_the_database_to_the_workers() -> None:
    """The daily stop is off before the database starts."""
    assert told(list(resuming(parts(CORE, WORKERS), RESUMING))) == [
        (0, "daily-stop"),
        (2, "database"),
        (12, "running-core"),
        (12, "scheduler"),
        (17, "running-all"),
        (17, "worker-spot"),
    ]


def test_without_workers_and_a_database_of_its_own_there_is_only_the_core() -> None:
    """A database that was there already is not touched."""
    alone = parts(CORE, database=None)

    assert told(list(pausing(alone, PAUSING))) == [(15, "running-nothing"), (15, "scheduler")]
    assert told(list(resuming(alone, RESUMING))) == [(12, "running-all"), (12, "scheduler")]


@pytest.mark.parametrize(("awake", "count"), [(True, 2), (False, 0)])
def test_a_fixed_number_of_tasks_is_set(awake: bool, count: int) -> None:
    """By the service itself."""
    assert CORE.call(awake=awake) == Call(
        "ecs:updateService", {"Cluster": "airflow-dev", "Service": "scheduler", "DesiredCount": count}
    )


@pytest.mark.parametrize(("awake", "bounds"), [(True, (1, 4)), (False, (0, 0))])
def test_what_is_scaled_gets_its_bounds(awake: bool, bounds: tuple[int, int]) -> None:
    """Application Auto Scaling brings the service inside of them at once."""
    assert SCALED.call(awake=awake) == Call(
        "applicationautoscaling:registerScalableTarget",
        {
            "ServiceNamespace": "ecs",
            "ScalableDimension": "ecs:service:DesiredCount",
            "ResourceId": "service/airflow-dev/api-server",
            "MinCapacity": bounds[0],
            "MaxCapacity": bounds[1],
        },
    )


def test_the_daily_stop_is_switched() -> None:
    """On while the stage is paused, off before it wakes."""
    states = [
        step.call.parameters["State"]
        for steps in (pausing(parts(CORE), PAUSING), resuming(parts(CORE), RESUMING))
        for step in steps
        if step.part == "daily-stop"
    ]

    assert states == ["ENABLED", "DISABLED"]
