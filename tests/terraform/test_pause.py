"""A paused stage, as Terraform sees it: AWS has other numbers of tasks than the settings, and Terraform reads them."""

from dataclasses import dataclass
from typing import Any

import pytest

from constructs_lib.settings.process_settings import ProcessSettings
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.worker_pool import WorkerPool
from tests.terraform.cloud import Cloud
from tests.terraform.deployment import Deploy
from tests.variants import VARIANTS

pytestmark = pytest.mark.terraform

NIGHTS = VARIANTS["nights"]
KEEP_STOPPED = f"{NIGHTS.name}-keep-database-stopped"


@dataclass(frozen=True)
class Night:
    """Plans of a stage, by what changed: the exit code, the output, and the action on each address."""

    paused: tuple[int, str]
    changed_while_paused: dict[str, list[str]]
    changed_while_awake: dict[str, list[str]]


def pause(cloud: Cloud) -> None:
    """Change in AWS what a pause changes."""
    cloud.edit("aws_ssm_parameter", {"insecure_value": "nothing", "value": "nothing"})
    cloud.edit("aws_ecs_service", {"desired_count": 0})
    cloud.edit("aws_appautoscaling_target", {"min_capacity": 0, "max_capacity": 0})
    cloud.edit("aws_scheduler_schedule", {"state": "ENABLED"}, name=KEEP_STOPPED)


def resume(cloud: Cloud) -> None:
    """Change in AWS what wakes the stage again; the next apply finds counts that it has to correct."""
    cloud.edit("aws_ssm_parameter", {"insecure_value": "all", "value": "all"})
    cloud.edit("aws_scheduler_schedule", {"state": "DISABLED"}, name=KEEP_STOPPED)


def changes(plan: dict[str, Any]) -> dict[str, list[str]]:
    """Return what a plan does to each address."""
    return {
        each["address"]: each["change"]["actions"]
        for each in plan["resource_changes"]
        if each["change"]["actions"] not in (["no-op"], ["read"])
    }


@pytest.fixture(name="night", scope="module")
def _night(deploy: Deploy) -> Night:
    """Deploy a stage, pause it, and change its settings paused and awake."""
    other = Settings(
        **{key: getattr(NIGHTS, key) for key in NIGHTS.model_fields_set}
        | {
            "processes": {"scheduler": ProcessSettings(count=3)},
            "worker_pools": {"default": WorkerPool(min=2, max=5), "heavy": WorkerPool(min=0, max=2)},
        }
    ).model_copy(update={"state_bucket": None})
    deployment = deploy(NIGHTS)
    other = other.model_copy(update={"state_bucket": deployment.settings.state_bucket})
    deployment.apply()
    pause(deployment.cloud)
    ended = deployment.try_terraform("plan", "-detailed-exitcode")
    deployment.compose(other)
    while_paused = changes(deployment.plan())
    deployment.compose(deployment.settings)
    resume(deployment.cloud)
    deployment.apply()
    deployment.compose(other)
    return Night((ended.returncode, ended.stdout), while_paused, changes(deployment.plan()))


def test_the_plan_of_a_paused_stage_is_empty(night: Night) -> None:
    """The plan of a paused stage is empty."""
    code, text = night.paused

    assert code == 0, text


def test_new_counts_change_in_place_what_runs(night: Night) -> None:
    """New counts of a running stage are changed in place."""
    assert night.changed_while_awake["aws_ecs_service.scheduler"] == ["update"]
    assert night.changed_while_awake["aws_appautoscaling_target.worker_default_scaling"] == ["update"]
    assert all(
        actions == ["update"]
        for address, actions in night.changed_while_awake.items()
        if address.startswith(("aws_ecs_service.", "aws_appautoscaling_"))
    )


def test_new_counts_do_not_wake_a_paused_stage(night: Night) -> None:
    """New counts of a paused stage change its schedules and start nothing."""
    assert not [address for address in night.changed_while_paused if address.startswith("aws_appautoscaling_target.")]
    assert "aws_scheduler_schedule.resume_scheduler" in night.changed_while_paused
    assert "aws_scheduler_schedule.resume_worker_default" in night.changed_while_paused
