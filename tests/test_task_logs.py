"""Promises of the bucket for Airflow's remote task logs."""

from tests.template import Template
from tests.variants import changed


def test_its_name_is_the_stages_and_the_accounts(compact: Template) -> None:
    """Names of buckets are global."""
    assert compact.one("aws_s3_bucket")["bucket"] == (
        "airflow-dev-logs-${data.aws_caller_identity.account.account_id}-us-east-1"
    )


def test_logs_go_when_log_groups_do() -> None:
    """One retention for all logs of a stage."""
    template = changed("compact", log_retention_days=7)
    [rule] = template.one("aws_s3_bucket_lifecycle_configuration")["rule"]

    assert rule["expiration"] == [{"days": 7}]
    assert {group["retention_in_days"] for group in template.all("aws_cloudwatch_log_group").values()} == {7}


def test_who_reads_does_not_write(split: Template) -> None:
    """The api-server shows logs; workers and triggerer write them, and read before they append."""
    actions = {role: split.actions(f"{role}_task") for role in ("api_server", "worker_default", "triggerer")}

    assert {action for action in actions["api_server"] if action.startswith("s3:")} == {"s3:ListBucket", "s3:GetObject"}
    for writer in ("worker_default", "triggerer"):
        assert {action for action in actions[writer] if action.startswith("s3:")} == {
            "s3:ListBucket",
            "s3:GetObject",
            "s3:PutObject",
        }
