"""Variables and secrets that a user gives to Airflow's containers."""

import json

import pytest

from constructs_lib.settings.process_settings import ProcessSettings
from constructs_lib.settings.settings import Settings
from tests.terraform.deployment import Deploy

pytestmark = pytest.mark.terraform

ODD = '${path.module} %{ if true }x%{ endif } $${a} "quoted" \\ \n\tß 漢 😀'


def test_they_arrive_as_written_and_can_be_changed(deploy: Deploy) -> None:
    """Variables arrive in AWS unchanged, and another value makes a new revision."""
    settings = Settings(
        stage="dev",
        environment={"ODD": ODD},
        secrets={"TOKEN": "rds!db-0a1b:password"},
        processes={"scheduler": ProcessSettings(environment={"ODD": "plain"})},
    )
    dev = deploy(settings)
    dev.apply()
    first = _containers(dev.state())
    dev.compose(dev.settings.model_copy(update={"environment": {"ODD": "other"}}))
    dev.apply()
    second = _containers(dev.state())
    left = dev.try_terraform("plan", "-detailed-exitcode")

    assert {name: each["environment"]["ODD"] for name, each in first.items()} == {
        name: "plain" if name == "scheduler" else ODD for name in first
    }
    assert all(each["secrets"]["TOKEN"].endswith(":password::") for each in first.values())
    assert second["worker"]["environment"]["ODD"] == "other"
    assert left.returncode == 0, left.stdout


def _containers(state: str) -> dict[str, dict[str, dict[str, str]]]:
    """Return variables and references of Airflow's containers, as they were applied."""
    [definitions] = [
        resource["instances"][0]["attributes"]["container_definitions"]
        for resource in json.loads(state)["resources"]
        if (resource["type"], resource["name"]) == ("aws_ecs_task_definition", "airflow")
    ]
    return {
        each["name"]: {
            "environment": {variable["name"]: variable["value"] for variable in each["environment"]},
            "secrets": {variable["name"]: variable["valueFrom"] for variable in each["secrets"]},
        }
        for each in json.loads(definitions)
    }
