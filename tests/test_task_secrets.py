"""Promises of the secrets that a task.toml names."""

import pytest

from tests.template import Template, secrets
from tests.variants import VARIANTS, compose, make_project

TASK_TOML = """
[secrets]
BY_NAME = "team/token"
BY_PATH = "/team/token"
BY_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/token-a1B2c3"
KEY_BY_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/json-a1B2c3:key::"
PARAMETER_BY_ARN = "arn:aws:ssm:eu-central-1:123456789012:parameter/team/token"
"""
ACCOUNT = "${data.aws_caller_identity.account.account_id}"
PARTITION = "${data.aws_partition.account.partition}"
PATH_ARN = f"arn:{PARTITION}:ssm:us-east-1:{ACCOUNT}:parameter/team/token"
LOOKED_UP = "${data.aws_secretsmanager_secret.dag_tasks_job_secrets_by_name.arn}"


@pytest.fixture(name="template", scope="module")
def _job(tmp_path_factory: pytest.TempPathFactory) -> Template:
    project = make_project(tmp_path_factory.mktemp("project"), "job", "job_by")
    (project / "tasks/job/task.toml").write_text(TASK_TOML)
    (project / "tasks/job_by/task.toml").write_text('[secrets]\nPATH = "/other/token"\n')
    return Template.of(compose(VARIANTS["compact"], project))


def test_each_form_becomes_a_reference(template: Template) -> None:
    """What is given by name is looked up; what is given by ARN is taken as it is, with its key."""
    references = secrets(template.containers("dag_tasks_job")["job"])

    assert references == {
        "BY_NAME": LOOKED_UP,
        "BY_PATH": PATH_ARN,
        "BY_ARN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/token-a1B2c3",
        "KEY_BY_ARN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/json-a1B2c3:key::",
        "PARAMETER_BY_ARN": "arn:aws:ssm:eu-central-1:123456789012:parameter/team/token",
    }


def test_a_missing_one_fails_in_the_plan(template: Template) -> None:
    """Each one given by name is looked up: its ARN, or, of a parameter, a value that nothing keeps."""
    assert (
        template.document["data"]["aws_secretsmanager_secret"]["dag_tasks_job_secrets_by_name"]["name"] == "team/token"
    )
    assert sorted(
        each["arn"].rpartition(":parameter")[2] for each in template.document["ephemeral"]["aws_ssm_parameter"].values()
    ) == ["/other/token", "/team/token"]


def test_the_execution_role_reads_these_and_no_others(template: Template) -> None:
    """Secrets whole, for IAM knows no keys of them."""
    allowed = {
        statement["Action"][0]: sorted(statement["Resource"])
        for _, statement in template.statements(name="dag_tasks_job_execution")
        if statement["Action"][0].startswith(("secretsmanager:", "ssm:"))
    }

    assert allowed == {
        "secretsmanager:GetSecretValue": sorted(
            [
                LOOKED_UP,
                "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/token-a1B2c3",
                "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/json-a1B2c3",
            ]
        ),
        "ssm:GetParameters": sorted(
            [
                PATH_ARN,
                "arn:aws:ssm:eu-central-1:123456789012:parameter/team/token",
            ]
        ),
    }


def test_the_task_itself_reads_none(template: Template) -> None:
    """ECS hands it the values; its role needs no permission for that."""
    assert not any(action.startswith(("secretsmanager:", "ssm:")) for action in template.actions("dag_tasks_job_task"))
