"""Promises of the bucket for Airflow's remote task logs."""

from tests.template import Template
from tests.variants import with_other_values


def test_its_name_is_the_stages_and_the_accounts(compact: Template) -> None:
    """The name of the bucket has the stage, the account and the region."""
    assert compact.one("aws_s3_bucket")["bucket"] == (
        "airflow-dev-logs-${data.aws_caller_identity.account.account_id}-us-east-1"
    )


def test_logs_go_when_log_groups_do() -> None:
    """Logs in the bucket expire with the log groups."""
    template = with_other_values("compact")
    [rule] = template.one("aws_s3_bucket_lifecycle_configuration")["rule"]

    assert rule["expiration"] == [{"days": 7}]
    assert {group["retention_in_days"] for group in template.all("aws_cloudwatch_log_group").values()} == {7}


def granted(template: Template, role: str) -> dict[str, set[str]]:
    """Return what the service's role may do in the bucket, by what it may do it with."""
    arn = "${aws_s3_bucket.task_logs.arn}"
    return {
        resource.removeprefix(arn): {*statement["Action"]}
        for _, statement in template.statements(name=f"{role}_task")
        for resource in statement["Resource"]
        if resource.startswith(arn)
    }


def test_who_reads_does_not_write(split: Template) -> None:
    """The api-server can only read logs, and workers and triggerer can read and write."""
    read, both = {"s3:GetObject"}, {"s3:GetObject", "s3:PutObject"}

    assert granted(split, "api_server") == {"": {"s3:ListBucket"}, "/airflow/*": read}
    assert {role: granted(split, role)["/airflow/*"] for role in ("worker_default", "triggerer")} == {
        "worker_default": both,
        "triggerer": both,
    }


def test_xcoms_are_for_those_who_run_code_of_dags(split: Template) -> None:
    """Only processes that run code of DAGs can access XCom values."""
    roles = ("api_server", "dag_processor", "scheduler", "triggerer", "worker_default")
    write = {"s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject"}

    assert {role: granted(split, role)["/xcom/*"] for role in roles if "/xcom/*" in granted(split, role)} == {
        "dag_processor": {"s3:GetObject"},
        "triggerer": write,
        "worker_default": write,
    }
