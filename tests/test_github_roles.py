"""Promises of the roles that `bootstrap` creates for GitHub Actions."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from airflow_on_fargate.pipeline_roles.policies import INLINE, policies
from airflow_on_fargate.synthesis import write_bootstrap
from constructs_lib.settings import DagsInS3, Ec2Capacity, GitHubRoles, Settings
from constructs_lib.settings.task_folder import TaskFolder
from tests.airflow_on_fargate.pipeline_roles.evaluator import Request, allows
from tests.template import Template

ACCOUNT = "123456789012"
REPOSITORY = "team@123456/airflow@456789"
REGISTRY = f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/team"
STATE_ROLE = "arn:aws:iam::210987654321:role/state"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
ISSUER = "token.actions.githubusercontent.com"
SETTINGS = Settings(
    stage="prod",
    state_bucket="states",
    state_region="eu-central-1",
    state_key_prefix="teams/",
    allowed_account_ids=(ACCOUNT,),
    role_path="/teams/",
    ec2_capacity=Ec2Capacity(instance_type="m7g.large", max_instances=1),
    domain_name="airflow.example.com",
    hosted_zone_id="Z0123456789",
    listener_protocol="TLS",
    image_registry=REGISTRY,
    state_role_arn=STATE_ROLE,
    github_roles=GitHubRoles(repository=REPOSITORY),
    dags={
        "etl": DagsInS3(),
        "reports": DagsInS3(bucket="team-dags", prefix="teams/data", kms_key_arn=KEY),
    },
)
"""A stage with each feature that has policies of its own."""
NO_FOLDERS: tuple[TaskFolder, ...] = ()


def composed(settings: Settings, folder: Path) -> Template:
    """Return the stack of the roles, as `bootstrap` writes it."""
    stacks = write_bootstrap(settings, NO_FOLDERS, output=folder)
    assert [each.node.id for each in stacks] == [f"airflow-{settings.stage}-{name}" for name in ("state", "github")]
    return Template(json.loads((folder / f"stacks/airflow-{settings.stage}-github/cdk.tf.json").read_text()))


@pytest.fixture(name="template", scope="module")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return composed(SETTINGS, tmp_path_factory.mktemp("roles"))


def trusted(template: Template, role: str) -> Mapping[str, Any]:
    """Return the one statement of the trust of a role."""
    [statement] = json.loads(template.all("aws_iam_role")[role]["assume_role_policy"])["Statement"]
    return dict(statement)


def attached(template: Template, role: str) -> set[str]:
    """Return the names of the managed policies of a role."""
    reference = f"${{aws_iam_role.{role}.name}}"
    arns = [
        each["policy_arn"]
        for each in template.all("aws_iam_role_policy_attachment").values()
        if each["role"] == reference
    ]
    names = {f"${{aws_iam_policy.{name}.arn}}": each["name"] for name, each in template.all("aws_iam_policy").items()}
    return {names[arn].removeprefix("airflow-prod-github-") for arn in arns}


def inline(template: Template, role: str) -> dict[str, str]:
    """Return the documents of the inline policies of a role by name."""
    reference = f"${{aws_iam_role.{role}.id}}"
    return {
        each["name"]: each["policy"]
        for each in template.all("aws_iam_role_policy").values()
        if each["role"] == reference
    }


def test_a_pull_request_and_the_main_branch_plan(template: Template) -> None:
    """The plan role trusts pull requests and the main branch of the repository, and nobody else."""
    statement = trusted(template, "plan")

    assert statement == {
        "Effect": "Allow",
        "Principal": {"Federated": "${aws_iam_openid_connect_provider.oidc.arn}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{ISSUER}:aud": "sts.amazonaws.com",
                f"{ISSUER}:sub": [f"repo:{REPOSITORY}:pull_request", f"repo:{REPOSITORY}:ref:refs/heads/main"],
            }
        },
    }


def test_only_jobs_of_the_environment_deploy(template: Template) -> None:
    """The deploy role trusts only jobs of the environment with the stage's name."""
    conditions = trusted(template, "deploy")["Condition"]

    assert conditions == {
        "StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": [f"repo:{REPOSITORY}:environment:prod"]}
    }


def test_the_plan_role_has_only_the_policies_of_a_plan(template: Template) -> None:
    """The plan role has the policies of a plan; what they allow is tested for `policy`."""
    assert attached(template, "plan") == {"plan", "plan-features", "plan-secrets"}
    assert inline(template, "plan").keys() == {"plan-dags", "plan-images", "plan-state-role"}


def test_the_deploy_role_has_all_policies_within_the_limits_of_iam(template: Template) -> None:
    """The deploy role of a stage with each feature has all policies: ten managed ones, and short ones inline."""
    names = {name for name in policies(SETTINGS, NO_FOLDERS) if not name.startswith("push-dags-")}
    own = inline(template, "deploy")

    assert attached(template, "deploy") == names - set(INLINE)
    assert own.keys() == set(INLINE)
    assert len(attached(template, "deploy")) == 10
    assert len("".join(own.values())) <= 10_240


def test_the_dags_role_only_pushes(template: Template) -> None:
    """The role for pushes trusts only jobs of the stage's environment, and has no policy but that of a push."""
    document = json.loads(inline(template, "dags")["push-dags"])

    assert trusted(template, "dags") == trusted(template, "deploy")
    assert attached(template, "dags") == set()
    assert inline(template, "dags").keys() == {"push-dags"}
    assert document == policies(SETTINGS, NO_FOLDERS)["push-dags"]
    assert template.document["output"]["dags_role_arn"]["value"] == "${aws_iam_role.dags.arn}"


def test_a_stage_without_bundles_in_s3_has_no_such_role(tmp_path: Path) -> None:
    """With DAGs in the image there is no role for pushes."""
    template = composed(Settings(stage="dev", github_roles=GitHubRoles(repository=REPOSITORY)), tmp_path)

    assert template.all("aws_iam_role").keys() == {"plan", "deploy"}


def test_no_role_changes_its_own_permissions(template: Template) -> None:
    """The deploy role can change neither of the two roles, nor their policies or their state."""
    documents = list(policies(SETTINGS, NO_FOLDERS).values())
    path, name = SETTINGS.role_path, "airflow-prod-github"
    roles = [f"arn:aws:iam::{ACCOUNT}:role{path}{name}-{role}" for role in ("plan", "deploy", "dags")]
    state = f"arn:aws:s3:::states/{template.document['terraform']['backend']['s3']['key']}"
    requests = [
        *(Request(f"iam:{each}", role) for each in ("PutRolePolicy", "UpdateAssumeRolePolicy") for role in roles),
        *(Request(f"iam:{each}", role) for each in ("AttachRolePolicy", "PassRole") for role in roles),
        Request("iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy{path}{name}-plan"),
        Request("s3:PutObject", state),
        Request("s3:GetObject", state),
    ]

    assert {each["name"] for each in template.all("aws_iam_role").values()} == {
        *(f"{name}-{role}" for role in ("plan", "deploy", "dags")),
    }
    assert {each["path"] for each in template.all("aws_iam_role").values()} == {path}
    assert [each for each in requests if allows(documents, each)] == []


def test_the_bucket_is_created_first(tmp_path: Path) -> None:
    """The stack of the roles depends on that of the bucket, in which its state is."""
    composed(SETTINGS, tmp_path)
    stacks = json.loads((tmp_path / "manifest.json").read_text())["stacks"]

    assert stacks["airflow-prod-github"]["dependencies"] == ["airflow-prod-state"]


def test_the_state_is_beside_the_stages(template: Template) -> None:
    """The state of the roles is in the stage's bucket, at a key of its own, with a lock."""
    backend = template.document["terraform"]["backend"]["s3"]

    assert (backend["bucket"], backend["region"]) == ("states", "eu-central-1")
    assert backend["key"] == "teams/airflow-prod-github/terraform.tfstate"
    assert backend["use_lockfile"] is True
    assert "assume_role" not in template.document["provider"]["aws"][0]


def test_a_provider_that_exists_is_found(tmp_path: Path) -> None:
    """With `create_oidc_provider=False` the identity provider is looked up; boundary, branch, environment are taken."""
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    roles = GitHubRoles(
        repository="team/airflow",
        branch="trunk",
        environment="live",
        create_oidc_provider=False,
        permissions_boundary_arn=boundary,
    )
    template = composed(Settings(stage="dev", github_roles=roles), tmp_path)
    subjects = {
        role: trusted(template, role)["Condition"]["StringEquals"][f"{ISSUER}:sub"] for role in ("plan", "deploy")
    }

    assert not template.all("aws_iam_openid_connect_provider")
    assert trusted(template, "plan")["Principal"] == {"Federated": "${data.aws_iam_openid_connect_provider.oidc.arn}"}
    assert subjects == {
        "plan": ["repo:team/airflow:pull_request", "repo:team/airflow:ref:refs/heads/trunk"],
        "deploy": ["repo:team/airflow:environment:live"],
    }
    assert {each["permissions_boundary"] for each in template.all("aws_iam_role").values()} == {boundary}


@pytest.mark.parametrize(
    ("role", "action", "resource", "allowed"),
    [
        ("plan-images", "ecr:DescribeImages", "team/airflow", True),
        ("plan-images", "ecr:DescribeImages", "other", False),
        ("plan-images", "ecr:PutImage", "team/airflow", False),
        ("images", "ecr:PutImage", "team/tasks/number_task", True),
        ("images", "ecr:PutImage", "team/other", False),
        ("images", "ecr:CreateRepository", "team/airflow", True),
        ("images", "ecr:DeleteRepository", "team/airflow", False),
    ],
)
def test_images_are_pushed_to_the_repositories_of_the_project(
    role: str, action: str, resource: str, *, allowed: bool
) -> None:
    """A pipeline finds and pushes images only in the repositories of the registry that the stage uses."""
    request = Request(action, f"arn:aws:ecr:eu-central-1:{ACCOUNT}:repository/{resource}")

    assert allows([policies(SETTINGS, NO_FOLDERS)[role]], request) is allowed


def test_the_role_for_the_state_can_be_assumed(template: Template) -> None:
    """With `state_role_arn` both roles may assume it, because the backend does so with their credentials."""
    for role in ("plan", "deploy"):
        [statement] = json.loads(inline(template, role)["plan-state-role"])["Statement"]
        assert (statement["Action"], statement["Resource"]) == (["sts:AssumeRole"], [STATE_ROLE])

    assert template.document["terraform"]["backend"]["s3"]["assume_role"]["role_arn"] == STATE_ROLE


def test_a_registry_outside_of_ecr_needs_no_policy() -> None:
    """Without a registry in ECR and a role for the state there is no policy for them."""
    other = Settings(stage="dev", image_registry="registry.example.com/team")

    assert not policies(other, NO_FOLDERS).keys() & set(INLINE)
