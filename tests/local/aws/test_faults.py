"""Promises of an AWS that refuses or does not answer."""

import json
import threading
import time
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from airflow_on_fargate.local.aws.faults import RUN_TASK, S3, SQS
from tests.local.aws.endpoint import CLUSTER, Endpoint


@pytest.fixture(name="family")
def _family(endpoint: Endpoint) -> Iterator[str]:
    """Return a task definition, and remove the fault at the end."""
    yield endpoint.register("refused", command=["true"])
    endpoint.state.aws_fault.unlink(missing_ok=True)


def test_a_throttled_call_is_an_error(endpoint: Endpoint, family: str) -> None:
    """A throttled call is an error that AWS's SDKs recognize."""
    endpoint.state.aws_fault.write_text(json.dumps({"target": RUN_TASK, "error": "ThrottlingException"}))

    with pytest.raises(ClientError, match="ThrottlingException"):
        endpoint.start_task(family)


def test_a_task_without_room_is_a_failure_in_the_answer(endpoint: Endpoint, family: str) -> None:
    """A task without capacity is a failure in a successful response."""
    fault = {"target": RUN_TASK, "failure": "Capacity is unavailable at this time"}
    endpoint.state.aws_fault.write_text(json.dumps(fault))

    answer = endpoint.ecs.run_task(cluster=CLUSTER, taskDefinition=family)

    assert answer["tasks"] == []
    assert answer["failures"] == [{"reason": "Capacity is unavailable at this time"}]
    assert endpoint.ecs.describe_clusters(clusters=[CLUSTER])["clusters"]


@pytest.mark.usefixtures("family")
def test_a_silent_service_answers_when_it_is_back(endpoint: Endpoint) -> None:
    """Calls of a silent service wait until it answers again, and other services answer."""
    endpoint.state.aws_fault.write_text(json.dumps({"target": SQS, "silent": True}))
    threading.Timer(1, endpoint.state.aws_fault.unlink).start()
    began = time.monotonic()

    assert endpoint.ecs.describe_clusters(clusters=[CLUSTER])["clusters"]
    assert time.monotonic() - began < 1
    endpoint.client("sqs").list_queues()
    assert time.monotonic() - began > 1


def test_s3_is_away_and_back(endpoint: Endpoint) -> None:
    """S3 answers with an error in its own format for the method and path of a fault, and for no others."""
    # AWS's SDKs do not retry this one.
    fault = {"target": f"{S3}GET /away/", "error": "AccessDenied", "status": 403}
    endpoint.state.aws_fault.write_text(json.dumps(fault))
    s3 = endpoint.client("s3")
    try:
        for bucket in ("away", "here"):
            s3.create_bucket(Bucket=bucket)
            s3.put_object(Bucket=bucket, Key="key", Body=b"x")

        assert s3.get_object(Bucket="here", Key="key")["Body"].read() == b"x"
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.get_object(Bucket="away", Key="key")
    finally:
        endpoint.state.aws_fault.unlink()
    assert s3.get_object(Bucket="away", Key="key")["Body"].read() == b"x"
