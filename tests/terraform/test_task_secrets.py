"""Secrets that a `task.toml` names."""

import pytest

from constructs_lib.settings.settings import Settings
from tests.terraform.deployment import Deploy

pytestmark = pytest.mark.terraform


def test_secrets_named_in_a_task_are_looked_up_while_planning(deploy: Deploy) -> None:
    """A missing secret of a task fails in the plan."""
    toml = '[secrets]\nAPI_TOKEN = "prod/vendor/token"\nLICENCE = "/prod/vendor/licence"\n'
    planned = deploy(Settings(stage="dev"), tasks={"vendor_report": toml}).terraform("plan")

    looked_up = {
        line.split(".vendor_report")[0].split(".dag_tasks")[0]
        for line in planned.splitlines()
        if line.endswith(("Reading...", "Opening...")) and "vendor_report" in line
    }
    assert looked_up == {"data.aws_secretsmanager_secret", "ephemeral.aws_ssm_parameter"}
