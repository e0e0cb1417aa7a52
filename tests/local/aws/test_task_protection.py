import httpx

from airflow_on_fargate.local.credentials import agent_uri
from tests.local.aws.endpoint import Endpoint


def test_every_container_can_protect_its_task(endpoint: Endpoint) -> None:
    """Each container has its own path to protect its task."""

    def url(task: str) -> str:
        return f"{agent_uri(endpoint.state, endpoint.machine.endpoint, task)}/task-protection/v1/state"

    answer = httpx.put(url("one"), json={"ProtectionEnabled": True}, trust_env=False).json()

    assert answer["protection"]["ProtectionEnabled"] is True
    other = httpx.get(url("another"), trust_env=False).json()
    assert other["protection"]["ProtectionEnabled"] is False
