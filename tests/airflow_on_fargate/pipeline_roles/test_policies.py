"""Promises of the policies that people and pipelines get, without Terraform."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from airflow_on_fargate.pipeline_roles.policies import DEPLOY, policies
from constructs_lib.settings.capacity import Ec2Capacity
from constructs_lib.settings.dag_bundles import DagsInGit
from constructs_lib.settings.existing import ExistingDatabase
from constructs_lib.settings.process_settings import ProcessSettings
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_folder import find_task_folders
from constructs_lib.settings.worker_pool import WorkerPool
from main import PROJECT
from tests.airflow_on_fargate.pipeline_roles import reference
from tests.airflow_on_fargate.pipeline_roles.evaluator import Request, allows, matches
from tests.terraform.variants import VARIANTS

MANAGED_POLICY_CHARACTERS = 6144
"""AWS: "IAM and AWS STS quotas", white space not counted."""
WRITES = re.compile("(Create|Put|Update|Delete|Modify|Set|Add|Attach|Tag|Untag|Run|Register|Pass|Start|Stop|Remove)")
ACCOUNT = "123456789012"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
DEV = Settings(stage="dev", state_bucket="state", allowed_account_ids=(ACCOUNT,), permissions_boundary_arn=BOUNDARY)
DOCUMENTS = policies(DEV, ())
PLAN = [DOCUMENTS["plan"], DOCUMENTS["plan-secrets"]]
DEPLOY_ROLE = [document for name, document in DOCUMENTS.items() if name.startswith(("plan", DEPLOY))]
OPERATE = [DOCUMENTS["operate"]]
LONGEST = VARIANTS["longest"].model_copy(
    update={
        "region": "us-gov-west-1",
        "state_bucket": "s" * 63,
        "allowed_account_ids": (ACCOUNT,),
        "role_path": "/a/b/",
    }
)
everywhere = pytest.mark.parametrize("name", VARIANTS)


def documents(name: str) -> Mapping[str, dict[str, Any]]:
    """Return the policies of a variant."""
    settings = VARIANTS[name]
    return policies(settings, find_task_folders(PROJECT / "tasks", stage=settings.stage))


def statements(name: str) -> Iterator[dict[str, Any]]:
    """Yield the statements of all policies of a variant."""
    for document in documents(name).values():
        yield from document["Statement"]


def arn(service: str, resource: str) -> str:
    """Return an ARN in the account and region of `dev`."""
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{resource}"


def role(name: str) -> str:
    """Return the ARN of a role."""
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


@everywhere
def test_each_fits_a_managed_policy(name: str) -> None:
    """Each document fits a managed policy and has unique ids of letters and digits."""
    for policy, document in [*documents(name).items(), *policies(LONGEST, ()).items()]:
        sids = [each["Sid"] for each in document["Statement"]]
        assert len(re.sub(r"\s", "", json.dumps(document))) <= MANAGED_POLICY_CHARACTERS, policy
        assert len(set(sids)) == len(sids)
        assert all(re.fullmatch("[A-Za-z0-9]+", each) for each in sids)


@everywhere
def test_each_action_exists_and_knows_a_resource_of_its_statement(name: str) -> None:
    """Each action exists and supports the type of a resource in its statement."""
    for each in statements(name):
        for action in each["Action"]:
            known = [
                resource
                for resource in each["Resource"]
                if resource == "*" or reference.type_of(action, resource.replace("*", "x")) or resource.endswith("*/*")
            ]
            assert known, f"{each['Sid']}: {action}"


@everywhere
def test_no_resource_is_named_only_where_aws_knows_none(name: str) -> None:
    """`*` is used only where AWS's reference requires no resource, or with a condition on the stage."""
    for each in statements(name):
        if each["Resource"] == ["*"]:
            limited = [
                action
                for action in each["Action"]
                if reference.types(action, required=True) and not (action == "ecs:ListTasks" and "Condition" in each)
            ]
            assert limited == [], each["Sid"]
        assert all(resource == "*" or resource.startswith("arn:") for resource in each["Resource"])


@everywhere
def test_each_condition_is_one_that_aws_knows_there(name: str) -> None:
    """Each condition key exists for its action."""
    for each in statements(name):
        keys = {key for found in each.get("Condition", {}).values() for key in found}
        for action in each["Action"] if keys else ():
            types: list[str | None] = [*reference.types(action)] or [None]
            known = {
                key
                for found in types
                for key in reference.keys(action, found) | reference.keys_of_resource(action, found)
            }
            assert {key.removesuffix("/Stack") for key in keys} <= known, f"{each['Sid']}: {action}"


def test_the_plan_role_writes_nothing_but_the_lock() -> None:
    """The plan role can write only the lock of the state."""
    writes = {
        (action, resource)
        for document in PLAN
        for each in document["Statement"]
        for action in each["Action"]
        for resource in each["Resource"]
        if WRITES.match(action.partition(":")[2])
    }

    lock = "arn:aws:s3:::state/airflow-dev/terraform.tfstate.tflock"
    assert writes == {("s3:PutObject", lock), ("s3:DeleteObject", lock)}


def test_a_state_elsewhere_is_reached() -> None:
    """The policies name the state's prefix and the key that encrypts it."""
    key = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
    settings = Settings(stage="dev", state_bucket="state", state_key_prefix="teams/", state_kms_key_arn=key)
    role = [document for name, document in policies(settings, ()).items() if name in ("plan", "deploy-data")]
    state = "arn:aws:s3:::state/teams/airflow-dev/terraform.tfstate"

    for request in (
        Request("s3:GetObject", state),
        Request("s3:PutObject", state),
        Request("s3:PutObject", f"{state}.tflock"),
        Request("kms:Decrypt", key),
        Request("kms:GenerateDataKey", key),
    ):
        assert allows(role, request), request


@pytest.mark.parametrize(
    "secret",
    ["airflow-prod/database-a1B2c3", "airflow-dev/connections/warehouse-a1B2c3", "airflow-dev/variables/key-a1B2c3"],
)
def test_no_role_reads_what_is_not_its_own(secret: str) -> None:
    """No role can read another stage's secrets, or the connections and variables of people."""
    request = Request("secretsmanager:GetSecretValue", arn("secretsmanager", f"secret:{secret}"))

    assert not allows([*DEPLOY_ROLE, *OPERATE], request)
    assert allows(PLAN, Request(request.action, arn("secretsmanager", "secret:airflow-dev/database-a1B2c3")))


@pytest.mark.parametrize("action", ["CreateRole", "PutRolePolicy", "DeleteRolePolicy", "PutRolePermissionsBoundary"])
@pytest.mark.parametrize(
    ("name", "boundary", "allowed"),
    [
        ("airflow-dev/airflow-dev-x", BOUNDARY, True),
        ("airflow-dev/airflow-dev-x", None, False),
        ("airflow-dev/airflow-dev-x", "arn:aws:iam::aws:policy/AdministratorAccess", False),
        ("airflow-prod/airflow-prod-x", BOUNDARY, False),
        ("deploy", BOUNDARY, False),
    ],
)
def test_the_deploy_role_gives_itself_no_more(action: str, name: str, boundary: str | None, *, allowed: bool) -> None:
    """The deploy role can create roles only below the stage's path and with the boundary."""
    context = {"iam:PermissionsBoundary": boundary} if boundary else {}

    assert allows(DEPLOY_ROLE, Request(f"iam:{action}", role(name), context)) is allowed


def test_the_deploy_role_takes_off_no_boundary_and_attaches_no_policy() -> None:
    """The deploy role can neither remove a boundary nor attach a policy."""
    for action in ("DeleteRolePermissionsBoundary", "AttachRolePolicy", "CreatePolicyVersion", "CreateUser"):
        context = {"iam:PermissionsBoundary": BOUNDARY}
        assert not allows(DEPLOY_ROLE, Request(f"iam:{action}", role("airflow-dev/airflow-dev-x"), context))


@pytest.mark.parametrize(
    ("service", "allowed"),
    [("ecs-tasks.amazonaws.com", True), ("lambda.amazonaws.com", False), ("ec2.amazonaws.com", False)],
)
def test_roles_are_handed_to_the_services_of_the_stage_only(service: str, *, allowed: bool) -> None:
    """The deploy role can pass only the stage's roles, and only to the stage's services."""
    context = {"iam:PassedToService": service}

    assert allows(DEPLOY_ROLE, Request("iam:PassRole", role("airflow-dev/airflow-dev-x"), context)) is allowed
    assert not allows(DEPLOY_ROLE, Request("iam:PassRole", role("admin"), context))


def test_instances_get_their_role_by_both_names_of_ec2_in_china() -> None:
    """An instance profile takes the role as ec2.amazonaws.com, and an instance of China by another name."""
    capacity = Ec2Capacity(instance_type="m7i.large", max_instances=2)
    china = Settings(stage="dev", region="cn-north-1", allowed_account_ids=(ACCOUNT,), ec2_capacity=capacity)
    own = f"arn:aws-cn:iam::{ACCOUNT}:role/airflow-dev/airflow-dev-x"

    for service in ("ec2.amazonaws.com", "ec2.amazonaws.com.cn"):
        request = Request("iam:PassRole", own, {"iam:PassedToService": service})
        assert allows(list(policies(china, ()).values()), request)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("ec2:DescribeAccountAttributes", "ec2 vpc/vpc-1"),
        ("ec2:GetSecurityGroupsForVpc", "ec2 vpc/vpc-1"),
        ("ec2:DescribeRegions", "ec2 vpc/vpc-1"),
    ],
)
def test_what_services_ask_ec2_with_the_credentials_of_the_caller_is_allowed(action: str, resource: str) -> None:
    """Elastic Load Balancing and Cloud Map ask EC2 as the deploy role."""
    assert allows(DEPLOY_ROLE, Request(action, arn(*resource.split()), {}))


def test_instances_may_be_started_with_tags() -> None:
    """EC2 Auto Scaling asks whether the deploy role may start what its launch template describes."""
    capacity = Ec2Capacity(instance_type="m7i.large", max_instances=2)
    settings = DEV.model_copy(update={"ec2_capacity": capacity})
    request = Request("ec2:CreateTags", arn("ec2", "volume/*"), {"ec2:CreateAction": "RunInstances"})

    assert allows(list(policies(settings, ()).values()), request)
    assert not allows(DEPLOY_ROLE, request)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("ec2:DeleteVpc", "ec2 vpc/vpc-1"),
        ("ec2:CreateSubnet", "ec2 vpc/vpc-1"),
        ("ec2:AuthorizeSecurityGroupIngress", "ec2 security-group/sg-1"),
        ("elasticfilesystem:DeleteFileSystem", "elasticfilesystem file-system/fs-1"),
        ("servicediscovery:DeleteNamespace", "servicediscovery namespace/ns-1"),
        ("application-autoscaling:RegisterScalableTarget", "application-autoscaling scalable-target/1"),
    ],
)
def test_what_has_ids_belongs_to_the_stage_by_its_tag(action: str, resource: str) -> None:
    """Resources with ids of AWS's choice are limited by the stage's tag, even if a call names that tag."""
    scaling = {
        "application-autoscaling:service-namespace": "ecs",
        "application-autoscaling:scalable-dimension": "ecs:service:DesiredCount",
    }
    service, _, name = resource.partition(" ")
    tag = "aws:ResourceTag/Stack"
    stages = {
        each: Request(action, arn(service, name), {**scaling, tag: each}) for each in ("airflow-dev", "airflow-prod")
    }

    assert allows(DEPLOY_ROLE, stages["airflow-dev"])
    assert not allows(DEPLOY_ROLE, stages["airflow-prod"])
    assert not allows(DEPLOY_ROLE, Request(action, arn(service, name), scaling))


def test_no_tag_is_put_on_what_others_have() -> None:
    """The deploy role can add the stage's tag to no existing resource of others."""
    group = arn("ec2", "security-group/sg-1")
    claimed = {"aws:RequestTag/Stack": "airflow-dev", "aws:ResourceTag/Stack": "airflow-prod"}

    assert not allows(DEPLOY_ROLE, Request("ec2:CreateTags", group, claimed))
    assert not allows(DEPLOY_ROLE, Request("ec2:CreateTags", arn("ec2", "vpc/vpc-1"), {"aws:RequestTag/Stack": "x"}))


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("rds:DeleteDBInstance", "rds db:airflow-prod"),
        ("ecs:UpdateService", "ecs service/airflow-prod/scheduler"),
        ("ecs:UpdateService", "ecs service/airflow-dev2/scheduler"),
        ("sqs:DeleteQueue", "sqs airflow-dev2-default"),
        ("ecr:PutImage", "ecr repository/airflow-prod-airflow"),
        ("logs:DeleteLogGroup", "logs log-group:/airflow-dev2/scheduler"),
        ("ssm:PutParameter", "ssm parameter/airflow-prod/running"),
    ],
)
def test_other_stages_are_out_of_reach(action: str, resource: str) -> None:
    """Other stages are excluded, also with a name that starts the same."""
    service, _, name = resource.partition(" ")
    own = re.sub("airflow-(prod|dev2)", "airflow-dev", name)

    assert not allows([*DEPLOY_ROLE, *OPERATE], Request(action, arn(service, name)))
    assert allows(DEPLOY_ROLE, Request(action, arn(service, own)))


def test_no_role_writes_another_stages_state() -> None:
    """No role can write another stage's state in a shared bucket."""
    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
        assert not allows(DEPLOY_ROLE, Request(action, "arn:aws:s3:::state/airflow-prod/terraform.tfstate"))


def test_operators_make_and_remove_nothing() -> None:
    """The operate role can create and delete nothing."""
    actions = {action for each in OPERATE[0]["Statement"] for action in each["Action"]}

    assert not [each for each in actions if re.search(":(Create|Delete|Run)", each)]
    assert {each for each in actions if WRITES.match(each.partition(":")[2])} == {
        *("application-autoscaling:RegisterScalableTarget", "ecs:StopTask", "ecs:UpdateService", "iam:PassRole"),
        *("rds:StartDBInstance", "rds:StopDBInstance", "scheduler:UpdateSchedule", "ssm:PutParameter"),
    }


@pytest.mark.parametrize(
    ("settings", "beginning"),
    [
        (Settings(stage="dev"), "arn:aws:sqs:us-east-1:*:"),
        (Settings(stage="dev", region="cn-north-1"), "arn:aws-cn:sqs:cn-north-1:*:"),
        (
            Settings(stage="dev", assume_role_arn=f"arn:aws:iam::{ACCOUNT}:role/deploy"),
            f"arn:aws:sqs:us-east-1:{ACCOUNT}:",
        ),
    ],
)
def test_account_and_partition_are_those_of_the_settings(settings: Settings, beginning: str) -> None:
    """Account and partition come from the settings, and without an account the policies have `*`."""
    found = [
        resource
        for each in policies(settings, ())["deploy-data"]["Statement"]
        for resource in each["Resource"]
        if ":sqs:" in resource
    ]

    assert found == [f"{beginning}airflow-dev-*"]


def test_secrets_that_users_name_are_found_wherever_they_are_named(tmp_path: Path) -> None:
    """Secrets that users name anywhere in the settings or a task are found, and an ARN needs no look-up."""
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "letters" / "task.toml").write_text('[secrets]\nA = "task:key"\nB = "/path"\n')
    settings = Settings(
        stage="dev",
        secrets={"A": "stage"},
        processes={"scheduler": ProcessSettings(secrets={"B": "process"})},
        worker_pools={"default": WorkerPool(secrets={"C": "pool", "D": f"{SECRET}:arn-a1B2c3"})},
        airflow_image="registry.example.com/airflow:1",
        registry_credentials={"registry.example.com": "registry"},
        existing_database=ExistingDatabase(
            host="db.example.com", security_group_id="sg-0a1b", secret_arn=f"{SECRET}:rds-a1B2c3"
        ),
        dags=DagsInGit(url="https://git.example.com/dags", secret="git:token"),
    )

    [*_, secrets, parameters] = policies(settings, find_task_folders(tmp_path, stage="dev"))["plan-secrets"][
        "Statement"
    ]

    assert [each.partition(":secret:")[2] for each in secrets["Resource"]] == [
        f"{each}-??????" for each in ("git", "pool", "process", "registry", "stage", "task")
    ]
    assert parameters["Resource"] == ["arn:aws:ssm:us-east-1:*:parameter/path"]


def test_a_stage_has_the_policies_of_its_features_only() -> None:
    """A stage has only the policies of its features, and no empty statement."""
    assert [each["Sid"] for each in DOCUMENTS["plan-secrets"]["Statement"]] == ["FindOwnSecrets", "ReadOwnSecrets"]
    assert {*DOCUMENTS} == {
        *("plan", "plan-secrets", "deploy-network", "deploy-compute", "deploy-data", "deploy-roles", "operate"),
    }


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [("a*c", "abbc", True), ("a?c", "ac", False), ("a.c", "abc", False), ("*", "", True), ("a/*", "a/b/c", True)],
)
def test_a_pattern_is_read_as_iam_reads_it(pattern: str, text: str, *, found: bool) -> None:
    """The test's evaluator matches patterns as IAM does."""
    assert matches(pattern, text) is found
