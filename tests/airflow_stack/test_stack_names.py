"""Promises of the whole stack: the names that AWS knows its resources by."""

import re
from collections.abc import Iterator
from pathlib import Path

from constructs_lib.settings.task_folder import ROLE_NAME_LIMIT
from tests.template import Template
from tests.variants import VARIANTS, compose, make_project, variant

# Characters (AWS: the API reference of each service).
LENGTHS = {
    "aws_appautoscaling_policy.name": 256,
    "aws_cloudwatch_metric_alarm.alarm_name": 255,
    "aws_cloudwatch_log_group.name": 512,
    "aws_db_instance.final_snapshot_identifier": 255,
    "aws_db_instance.identifier": 63,
    "aws_db_parameter_group.name": 255,
    "aws_db_subnet_group.name": 255,
    "aws_ecr_repository.name": 256,
    "aws_ecs_cluster.name": 255,
    "aws_ecs_task_definition.family": 255,
    "aws_efs_file_system.creation_token": 64,
    "aws_iam_role.name": ROLE_NAME_LIMIT,
    "aws_lb.name": 32,
    "aws_lb_target_group.name": 32,
    "aws_s3_bucket.bucket": 63,
    "aws_scheduler_schedule.name": 64,
    "aws_scheduler_schedule_group.name": 64,
    "aws_secretsmanager_secret.name": 512,
    "aws_security_group.name": 255,
    "aws_service_discovery_private_dns_namespace.name": 253,
    "aws_sqs_queue.name": 80,
    "aws_ssm_parameter.name": 1011,
}


# Not a name, or unique inside a resource whose name contains the stage.
INSIDE = {
    "aws_appautoscaling_policy.name": "the service",
    "aws_db_parameter_group.family": "PostgreSQL",
    "aws_ecs_service.name": "the cluster",
    "aws_iam_role_policy.name": "the role",
    "aws_service_discovery_service.name": "the DNS namespace",
    "aws_route53_record.name": "the hosted zone that the settings name",
}
ACCOUNT_ID = "123456789012"


def physical_names(template: Template) -> Iterator[tuple[str, str]]:
    """Yield the names that a stack chooses, each with the type and attribute it stands in."""
    for address, properties in template.resources().items():
        kind = address.partition(".")[0]
        if kind in ("data", "ephemeral"):
            continue
        for attribute in (
            "name",
            "alarm_name",
            "family",
            "identifier",
            "final_snapshot_identifier",
            "bucket",
            "creation_token",
        ):
            value = str(properties.get(attribute, "")).replace(
                "${data.aws_caller_identity.account.account_id}", ACCOUNT_ID
            )
            if value and "${" not in value and f"{kind}.{attribute}" not in INSIDE:
                yield f"{kind}.{attribute}", value


def test_stages_share_no_name() -> None:
    """Two stages in one account have no name in common."""
    compact, split = (set(physical_names(variant(name))) for name in ("compact", "split"))

    assert not compact & split


def test_names_fit_for_the_longest_stage(tmp_path: Path) -> None:
    """With the longest names of stage and task, every name is within AWS's limit."""
    settings = VARIANTS["longest"]
    project = make_project(tmp_path, "t" * (ROLE_NAME_LIMIT - len(f"{settings.name}--execution")))

    names = list(physical_names(Template.of(compose(settings, project))))

    assert max(len(name) for kind, name in names if kind == "aws_iam_role.name") == ROLE_NAME_LIMIT
    assert max(len(name) for kind, name in names if kind == "aws_lb_target_group.name") == 32
    for kind, name in names:
        assert len(name) <= LENGTHS[kind], f"{kind} {name}"


def test_names_are_spelt_as_aws_wants(template: Template) -> None:
    """Names have only lower-case letters, digits and hyphens where AWS requires it."""
    spelling = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
    for kind, name in physical_names(template):
        if kind.split(".")[0] in (
            "aws_s3_bucket",
            "aws_ecr_repository",
            "aws_db_instance",
            "aws_lb",
            "aws_lb_target_group",
        ):
            assert re.fullmatch(spelling, name), f"{kind} {name}"
        assert not name.startswith("sg-"), f"{kind} {name}"
