"""What a plan needs to find the secrets that users name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_on_fargate.pipeline_roles.stage_arns import statement
from constructs_lib.settings.dag_bundles import git_secrets
from constructs_lib.settings.secret import parse_secret_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from airflow_on_fargate.pipeline_roles.stage_arns import StageArns, Statement
    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.task_folder import TaskFolder


def user_secrets(arns: StageArns, settings: Settings, folders: Sequence[TaskFolder]) -> Iterator[Statement]:
    """Yield what finds the secrets that users name without an ARN."""
    texts = {*settings.registry_credentials.values(), *git_secrets(settings.dags).values()}
    for part in (*settings.parts_with_variables, *(folder.settings for folder in folders)):
        texts |= {*part.secrets.values()}
    texts |= {*(settings.existing_database.secrets.values() if settings.existing_database else ())}
    names = {each for each in map(parse_secret_name, texts) if not each.is_arn}
    secrets = sorted(f"secret:{each.whole}-??????" for each in names if each.service == "secretsmanager")
    parameters = sorted(f"parameter{each.whole}" for each in names if each.service == "ssm")
    if secrets:
        yield statement(
            "FindSecrets",
            ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"],
            arns.of("secretsmanager", *secrets),
        )
    if parameters:
        # AWS shows that a parameter exists only together with its value.
        yield statement("FindParameters", ["ssm:GetParameter"], arns.of("ssm", *parameters))
