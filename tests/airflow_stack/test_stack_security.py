"""Promises of the whole stack: what is open, hidden and encrypted."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from constructs_lib.engine.template import Expression, parse, resource_names
from tests.template import Template, environment, secrets

NAME_SECRETS = {"AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST", "AIRFLOW__SECRETS__BACKEND"}
"""The variables with names of secrets, which the container itself reads."""


class TestNetwork:
    def test_only_the_load_balancer_and_endpoints_name_networks(self, template: Template) -> None:
        """Only the load balancer and the endpoints accept networks, and none accepts the whole world."""
        for name, rule in template.all("aws_vpc_security_group_ingress_rule").items():
            if name.startswith(("load_balancer_from_", "network_endpoints_from_vpc")):
                assert rule["cidr_ipv4"] != "0.0.0.0/0"
            else:
                assert rule["referenced_security_group_id"], name
                assert "cidr_ipv4" not in rule, name
            assert not rule.keys() & {"cidr_ipv6", "prefix_list_id"}
            assert rule["from_port"] == rule["to_port"]
            assert rule["ip_protocol"] == "tcp"

    def test_rules_stand_by_themselves(self, template: Template) -> None:
        """Security groups have no inline rules, and a VPC's default group has no rules."""
        for kind in ("aws_security_group", "aws_default_security_group"):
            for group in template.all(kind).values():
                assert not group.keys() & {"ingress", "egress"}

    def test_a_group_can_be_deleted_that_others_name(self, template: Template) -> None:
        """A security group revokes its rules on deletion, so that references do not block it."""
        for group in template.all("aws_security_group").values():
            assert group["revoke_rules_on_delete"] is True

    def test_nothing_but_the_load_balancer_is_public(self, template: Template) -> None:
        """Neither tasks nor the database have public addresses, and they are in private subnets."""
        for service in template.all("aws_ecs_service").values():
            assert service["network_configuration"]["assign_public_ip"] is False
            assert "public" not in str(service["network_configuration"]["subnets"])
        for database in template.all("aws_db_instance").values():
            assert database["publicly_accessible"] is False
        for group in template.all("aws_autoscaling_group").values():
            assert "public" not in str(group["vpc_zone_identifier"])
        for subnets in template.all("aws_db_subnet_group").values():
            assert "public" not in str(subnets["subnet_ids"])


class TestSecrets:
    def test_no_attribute_holds_a_value(self, template: Template) -> None:
        """Secret values are only in write-only arguments."""
        for address, key, value in attributes(template):
            assert key not in ("password", "secret_string", "master_password"), address
            if "ephemeral." in str(value):
                assert key.endswith("_wo"), f"{address}.{key}"

    def test_no_environment_holds_a_secret(self, template: Template) -> None:
        """No variable of a container holds or refers to a secret."""
        for name, container in template.all_containers():
            for variable, value in environment(container).items():
                if variable == "AIRFLOW_ADMIN_PASSWORD_VERSION":
                    # Not the secret, but which one it is.
                    assert value == "${aws_secretsmanager_secret_version.keys_admin.version_id}"
                    continue
                assert not re.search(r"PASSWORD|TOKEN|FERNET|JWT_SECRET|SECRET_KEY|DB_USER", variable), name
                assert "secretsmanager" not in value.lower() or variable in NAME_SECRETS, variable
                assert "postgresql://" not in value, variable

    def test_references_name_one_version(self, compact: Template, split: Template) -> None:
        """A container refers to one version of a secret."""
        for template in (compact, split):
            for _, container in template.all_containers():
                for reference in secrets(container).values():
                    # <secret>:<key>:<stage>:<version>
                    secret, between, version = parse(reference)
                    assert isinstance(secret, Expression)
                    assert isinstance(version, Expression)
                    [name] = resource_names(reference, "aws_secretsmanager_secret")
                    assert secret.source == f"aws_secretsmanager_secret.{name}.arn"
                    assert str(between).count(":") == 3
                    assert version.source == f"aws_secretsmanager_secret_version.{name}.version_id"

    def test_outputs_hold_no_value(self, template: Template) -> None:
        """No output has a secret's value, and each has a description."""
        for name, output in template.document["output"].items():
            assert output["description"], name
            assert "secret_string" not in str(output["value"])
            assert "ephemeral" not in str(output["value"])


ENCRYPTED: dict[str, Callable[[Any], bool]] = {
    "aws_launch_template": lambda each: bool(each["block_device_mappings"][0]["ebs"]["encrypted"] == "true"),
    "aws_efs_file_system": lambda each: each["encrypted"] is True,
    "aws_db_instance": lambda each: each["storage_encrypted"] is True,
    "aws_sqs_queue": lambda each: each["sqs_managed_sse_enabled"] is True,
    "aws_ecr_repository": lambda each: bool(each["encryption_configuration"][0]["encryption_type"] == "AES256"),
}
POLICIES = {
    "aws_efs_file_system": "aws_efs_file_system_policy",
    "aws_s3_bucket": "aws_s3_bucket_policy",
    "aws_sqs_queue": "aws_sqs_queue_policy",
}


def test_data_is_encrypted(template: Template) -> None:
    """Every resource that stores data is encrypted."""
    for kind, is_encrypted in ENCRYPTED.items():
        for name, properties in template.all(kind).items():
            assert is_encrypted(properties), f"{kind}.{name}"


def test_data_travels_over_tls_only(template: Template) -> None:
    """Buckets, queues and the file system deny calls without TLS."""
    for kind, policy in POLICIES.items():
        statements = template.statements(policy)
        refusing = {name: statement for name, statement in statements if statement.get("Sid") == "TlsOnly"}
        guarded = set(resource_names(template.all(policy), kind))

        assert guarded == template.all(kind).keys()
        assert len(refusing) == len(template.all(kind)), kind
        for statement in refusing.values():
            assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
            assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_buckets_are_private_and_encrypted(template: Template) -> None:
    """Every bucket blocks public access and is encrypted."""
    buckets = template.all("aws_s3_bucket").keys()
    for kind in ("aws_s3_bucket_public_access_block", "aws_s3_bucket_server_side_encryption_configuration"):
        settings = template.all(kind).values()
        assert {resource_names(each["bucket"], "aws_s3_bucket")[0] for each in settings} == buckets
    for block in template.all("aws_s3_bucket_public_access_block").values():
        assert [block[key] for key in sorted(block) if key.startswith(("block", "ignore", "restrict"))] == [True] * 4


def test_logs_are_kept_for_a_while(template: Template) -> None:
    """Every log group has a retention."""
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
