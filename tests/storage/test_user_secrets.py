"""Promises of the secrets that a user names."""

import pytest

from tests.template import Template, secrets
from tests.variants import VARIANTS, compose, make_project

TASK_TOML = """
[secrets]
BY_NAME = "team/token"
KEY_BY_NAME = "rds!db-0a1b:password"
BY_PARAMETER = "/team/token"
BY_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/token-a1B2c3"
KEY_BY_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/json-a1B2c3:key::"
PARAMETER_BY_ARN = "arn:aws:ssm:eu-central-1:123456789012:parameter/team/token"
"""
ACCOUNT = "${data.aws_caller_identity.account.account_id}"
PARTITION = "${data.aws_partition.account.partition}"
PATH_ARN = f"arn:{PARTITION}:ssm:us-east-1:{ACCOUNT}:parameter/team/token"
LOOKED_UP = "${data.aws_secretsmanager_secret.dag_tasks_job_secrets_by_name.arn}"
KEY_LOOKED_UP = "${data.aws_secretsmanager_secret.dag_tasks_job_secrets_key_by_name.arn}"


@pytest.fixture(name="template", scope="module")
def _job(tmp_path_factory: pytest.TempPathFactory) -> Template:
    project = make_project(tmp_path_factory.mktemp("project"), "job", "job_by")
    (project / "tasks/job/task.toml").write_text(TASK_TOML)
    (project / "tasks/job_by/task.toml").write_text('[secrets]\nPARAMETER = "/other/token"\n')
    return Template.of(compose(VARIANTS["compact"], project))


def test_each_form_becomes_a_reference(template: Template) -> None:
    """A name is looked up, and an ARN with its key is used unchanged."""
    references = secrets(template.containers("dag_tasks_job")["job"])

    assert references == {
        "BY_NAME": LOOKED_UP,
        "KEY_BY_NAME": f"{KEY_LOOKED_UP}:password::",
        "BY_PARAMETER": PATH_ARN,
        "BY_ARN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/token-a1B2c3",
        "KEY_BY_ARN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/json-a1B2c3:key::",
        "PARAMETER_BY_ARN": "arn:aws:ssm:eu-central-1:123456789012:parameter/team/token",
    }


def test_a_missing_one_fails_in_the_plan(template: Template) -> None:
    """Each secret without an ARN is looked up, so a missing one fails in the plan."""
    looked_up = template.all("aws_secretsmanager_secret", block="data")

    assert {name.rpartition("secrets_")[2]: each["name"] for name, each in looked_up.items()} == {
        "by_name": "team/token",
        "key_by_name": "rds!db-0a1b",
    }
    assert sorted(
        each["arn"].rpartition(":parameter")[2]
        for each in template.all("aws_ssm_parameter", block="ephemeral").values()
    ) == ["/other/token", "/team/token"]


def test_the_execution_role_reads_these_and_no_others(template: Template) -> None:
    """The execution role can read only these secrets."""
    allowed = {
        statement["Action"][0]: sorted(statement["Resource"])
        for _, statement in template.statements(name="dag_tasks_job_execution")
        if statement["Action"][0].startswith(("secretsmanager:", "ssm:"))
    }

    assert allowed == {
        "secretsmanager:GetSecretValue": sorted(
            [
                LOOKED_UP,
                KEY_LOOKED_UP,
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


def test_it_decrypts_these_and_no_others(template: Template) -> None:
    """The execution role can decrypt only these secrets, with any key, through their service."""
    decrypting = [
        statement
        for _, statement in template.statements(name="dag_tasks_job_execution")
        if statement["Action"] == ["kms:Decrypt"]
    ]
    reading = {
        statement["Action"][0].partition(":")[0]: statement["Resource"]
        for _, statement in template.statements(name="dag_tasks_job_execution")
    }
    found: dict[tuple[str, str], list[str]] = {}
    for statement in decrypting:
        [resource], condition = statement["Resource"], statement["Condition"]["StringLike"]
        assert statement["Condition"].keys() == {"StringLike"}
        (context, arns), (via, domain) = sorted(condition.items())
        service, region, *_ = domain.split(".")
        assert (via, domain) == ("kms:ViaService", f"{service}.{region}.amazonaws.*")
        assert resource == f"arn:{PARTITION}:kms:{region}:*:key/*"
        found.setdefault((service, context), []).extend(arns)

    assert {key: sorted(arns) for key, arns in found.items()} == {
        ("secretsmanager", "kms:EncryptionContext:SecretARN"): sorted(reading["secretsmanager"]),
        ("ssm", "kms:EncryptionContext:PARAMETER_ARN"): sorted(reading["ssm"]),
    }


def test_what_the_stack_encrypts_needs_no_key(compact: Template) -> None:
    """The stack's own secrets need no permission for a key."""
    assert "kms:Decrypt" not in compact.actions("airflow_execution")


def test_the_task_itself_reads_none(template: Template) -> None:
    """The task role can read no secret."""
    assert not any(
        action.startswith(("secretsmanager:", "ssm:", "kms:")) for action in template.actions("dag_tasks_job_task")
    )
