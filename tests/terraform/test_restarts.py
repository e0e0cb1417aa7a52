"""Why services restart: what Terraform's own plan shows, and what it does not plan for DAGs in bundles."""

import json
import re

import pytest

from airflow_on_fargate.deployed_state import DeployedState
from constructs_lib.engine.synthesized_stack import SynthesizedStack
from constructs_lib.settings.dag_bundles import DagsInGit, DagsInS3
from constructs_lib.settings.settings import Settings
from tests.terraform.deployment import Deploy

pytestmark = pytest.mark.terraform
BUNDLES: dict[str, DagsInS3 | DagsInGit] = {
    "etl": DagsInS3(),
    "web": DagsInGit(url="https://git.example.com/dags", secret="team/git"),
}
SHOWN = re.compile(r'^ +[~+-] "([^"]+)" += ', re.MULTILINE)
"""A line of a plan with a part whose hash changes."""


def test_a_plan_names_what_restarts_the_services(deploy: Deploy) -> None:
    """With DAGs in bundles, a changed DAG or task plans nothing; a changed plugin is what the plan names."""
    dev = deploy(Settings(stage="dev", dags=BUNDLES))
    dev.apply()
    (dev.project / "dags/new.py").write_text("changed = True\n")
    dev.compose(dev.settings)
    assert dev.try_terraform("plan", "-detailed-exitcode").returncode == 0

    (dev.project / "plugins").mkdir(exist_ok=True)
    (dev.project / "plugins/mine.py").write_text("changed = True\n")
    dev.compose(dev.settings)
    plan = dev.terraform("plan", "-no-color")

    content = plan[plan.index("# terraform_data.image_content") :].split("\n  # ")[0]
    assert SHOWN.findall(content) == ["plugins/"], content
    assert "aws_ecs_service.airflow" in plan
    state = DeployedState(json.dumps(json.loads(dev.state())))
    assert state.changed_parts(SynthesizedStack(dev.document)) == ["plugins/"]
