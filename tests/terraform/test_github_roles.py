"""The roles for GitHub Actions, which `bootstrap` creates."""

import json

import pytest

from airflow_on_fargate.synthesis import write_bootstrap
from constructs_lib.settings import GitHubRoles, Settings
from tests.terraform.aws import Aws
from tests.terraform.cloud import Cloud
from tests.terraform.deployment import Deploy, output, run

pytestmark = pytest.mark.terraform

ROLES = GitHubRoles(repository="team/airflow")


def test_the_roles_are_created_once(deploy: Deploy, aws: Aws) -> None:
    """Terraform creates the identity provider, both roles and their policies; the next plan is empty."""
    dev = deploy(
        Settings(stage="dev", github_roles=ROLES, image_registry="123456789012.dkr.ecr.us-east-1.amazonaws.com")
    )
    write_bootstrap(dev.settings, dev.folders(), output=dev.project / "bootstrap.out")
    folder = dev.project / "bootstrap.out/stacks/airflow-dev-github"
    for words in (("init",), ("apply", "-auto-approve"), ("plan", "-detailed-exitcode")):
        output(run("terraform", *words, folder=folder, environment=dev.environment))
    outputs = json.loads(output(run("terraform", "output", "-json", folder=folder, environment=dev.environment)))
    state = aws.s3.list_objects_v2(Bucket=dev.settings.state_bucket)["Contents"]

    assert _count(dev.cloud) == {
        "openid_connect_provider": 1,
        "role": 2,
        "policy": 7,
        "role_policy_attachment": 9,
        "role_policy": 3,
    }
    assert [each["Key"] for each in state] == ["airflow-dev-github/terraform.tfstate"]
    assert {name: each["value"].rpartition("/")[2] for name, each in outputs.items()} == {
        "plan_role_arn": "airflow-dev-github-plan",
        "deploy_role_arn": "airflow-dev-github-deploy",
    }


def _count(cloud: Cloud) -> dict[str, int]:
    kinds = ("openid_connect_provider", "role", "policy", "role_policy_attachment", "role_policy")
    return {kind: len(cloud.resources(f"aws_iam_{kind}")) for kind in kinds}
