"""Promises of an ECS that refuses to run tasks."""

import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tests.local.aws.endpoint import CLUSTER, Endpoint


@pytest.fixture(name="family")
def _family(endpoint: Endpoint) -> Iterator[str]:
    """Return a task definition, and let ECS run tasks again at the end."""
    yield endpoint.register("refused", command=["true"])
    endpoint.state.run_task_fault.unlink(missing_ok=True)


def test_a_throttled_call_is_an_error(endpoint: Endpoint, family: str) -> None:
    """As AWS's SDKs know it."""
    endpoint.state.run_task_fault.write_text(json.dumps({"error": "ThrottlingException"}))

    with pytest.raises(ClientError, match="ThrottlingException"):
        endpoint.start_task(family)


def test_a_task_without_room_is_a_failure_in_the_answer(endpoint: Endpoint, family: str) -> None:
    """The call is well, and other calls are answered."""
    endpoint.state.run_task_fault.write_text(json.dumps({"failure": "Capacity is unavailable at this time"}))

    answer = endpoint.ecs.run_task(cluster=CLUSTER, taskDefinition=family)

    assert answer["tasks"] == []
    assert answer["failures"] == [{"reason": "Capacity is unavailable at this time"}]
    assert endpoint.ecs.describe_clusters(clusters=[CLUSTER])["clusters"]
