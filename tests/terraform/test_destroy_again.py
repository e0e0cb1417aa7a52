"""A stage that was destroyed and is deployed again, with what AWS's services leave behind."""

from dataclasses import dataclass
from typing import Any

import pytest

from constructs_lib.engine.terraform import FORGOTTEN
from constructs_lib.settings.settings import Settings
from tests.terraform.deployment import Deploy

pytestmark = pytest.mark.terraform

NAMES = {
    "aws_cloudwatch_log_group.cluster_insights_log_group": "/aws/ecs/containerinsights/airflow-dev/performance",
    "aws_cloudwatch_log_group.database_postgresql_log_group": "/aws/rds/instance/airflow-dev/postgresql",
    "aws_cloudwatch_log_group.database_upgrade_log_group": "/aws/rds/instance/airflow-dev/upgrade",
}


@dataclass(frozen=True)
class Lives:
    """What became of a stage that Terraform made with its log groups, and of the next one of its name."""

    upgraded: list[str]
    kept: set[str]
    left: set[str]
    again: int
    second_plan: tuple[int, str]


@pytest.fixture(name="lives", scope="module")
def _lives(deploy: Deploy) -> Lives:
    """Deploy as an older version did, deploy as it is now, destroy, and deploy again."""
    deployment = deploy(Settings(stage="dev"))
    deployment.environment["STANDIN_LEFTOVERS"] = "1"

    def log_groups() -> set[str]:
        return {each.attributes["name"] for each in deployment.cloud.resources("aws_cloudwatch_log_group")}

    deployment.rewrite(_with_log_groups)
    deployment.apply()
    deployment.compose(deployment.settings)
    deployment.apply()
    upgraded, kept = deployment.addresses(), log_groups()
    deployment.destroy()
    left = log_groups()
    again = deployment.try_apply()
    second = deployment.try_terraform("plan", "-detailed-exitcode")
    return Lives(upgraded, kept, left, again.returncode, (second.returncode, second.stdout))


def _with_log_groups(document: dict[str, Any]) -> None:
    del document["removed"]
    for address, name in NAMES.items():
        kind, _, word = address.partition(".")
        document["resource"][kind][word] = {"name": name, "retention_in_days": 30}


def test_log_groups_that_terraform_made_are_kept_and_forgotten() -> None:
    """The forgotten addresses are those of the version that created the log groups."""
    assert set(FORGOTTEN) == NAMES.keys()


def test_an_upgrade_keeps_the_logs(lives: Lives) -> None:
    """After an upgrade Terraform forgets the log groups, and AWS keeps them."""
    assert not set(lives.upgraded) & NAMES.keys()
    assert lives.kept >= set(NAMES.values())


def test_a_destroyed_stage_can_be_deployed_again(lives: Lives) -> None:
    """A destroyed stage can be deployed again although RDS has created log groups."""
    assert "/aws/rds/instance/airflow-dev/postgresql" in lives.left
    assert lives.again == 0
    assert lives.second_plan[0] == 0, lives.second_plan[1]
