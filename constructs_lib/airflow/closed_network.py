"""The endpoints of a network without a route to the internet, and what they let through."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from constructs_lib.network.endpoint_policy import Perimeter
from constructs_lib.settings.dag_bundles import git_secrets, s3_bundles
from constructs_lib.settings.partition import ecr_repository_arn
from constructs_lib.settings.secret import parse_secret_name

if TYPE_CHECKING:
    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.task_folder import TaskFolder

NOT_CALLED_BY_TASKS = {"assume_role_arn", "permissions_boundary_arn", "state_kms_key_arn", "state_role_arn"}
"""Settings with ARNs that only Terraform uses."""


def endpoint_services(settings: Settings, tasks: Iterable[TaskFolder]) -> list[str]:
    """
    Return the services whose endpoints the stack needs without a route to the internet.

    Images are in ECR, and their layers in S3, whose gateway endpoint every network has. Every task calls logs, secrets
    and the broker. DAGs that start tasks and the agent of an EC2 instance call ECS. The autoscaler publishes its metric
    to `monitoring`.
    """
    services = {"ecr.api", "ecr.dkr", "ecs", "logs", "secretsmanager", "sqs", *settings.endpoint_services}
    if settings.ec2_capacity:
        services |= {"ecs-agent", "ecs-telemetry"}
    if settings.worker_pools:
        services.add("monitoring")
    if settings.execute_command:
        services.add("ssmmessages")
    readers = [*settings.parts_with_variables, *(task.settings for task in tasks)]
    secrets = {secret for each in readers for secret in each.secrets.values()}
    secrets |= {*git_secrets(settings.dags).values()}
    if any(parse_secret_name(secret).service == "ssm" for secret in secrets):
        services.add("ssm")
    return sorted(services)


def perimeter(settings: Settings, tasks: Iterable[TaskFolder]) -> Perimeter:
    """Return the other accounts and buckets that the ARNs and images of *settings* and *tasks* name."""
    texts = [
        *_texts(settings.model_dump(exclude={*NOT_CALLED_BY_TASKS, "dags"})),
        # Not the keys of buckets, because S3 itself asks KMS.
        *git_secrets(settings.dags).values(),
        *(text for task in tasks for text in _texts(task.settings.model_dump())),
    ]
    arns = [text.split(":", 5) for text in (ecr_repository_arn(each) or each for each in texts) if _is_arn(text)]
    owners = {account for _, _, _, _, account, _ in arns if re.fullmatch(r"\d{12}", account)}
    buckets = {resource.partition("/")[0] for _, _, service, _, _, resource in arns if service == "s3"}
    buckets |= {each.bucket for each in s3_bundles(settings.dags).values() if each.bucket}
    return Perimeter(
        accounts=settings.endpoint_accounts,
        owners=tuple(sorted(owners - {*settings.endpoint_accounts})),
        buckets=tuple(sorted(each for each in buckets if each.strip("*?"))),
        has_instances=settings.ec2_capacity is not None,
    )


def _is_arn(text: str) -> bool:
    return text.startswith("arn:") and text.count(":") >= 5  # noqa: PLR2004 an ARN has six parts


def _texts(value: object) -> Iterator[str]:
    """Yield every text inside *value*."""
    match value:
        case str():
            yield value
        case Mapping():
            yield from (text for each in value.values() for text in _texts(each))
        case list() | tuple():
            yield from (text for each in value for text in _texts(each))
