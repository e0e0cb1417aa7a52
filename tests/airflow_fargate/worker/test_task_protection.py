import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.airflow_fargate.container import called
from tests.airflow_fargate.worker.ecs_agent import EcsAgent, ecs_agent
from tests.http_server import http_server


@pytest.fixture(name="agent")
def _agent(tmp_path: Path) -> Iterator[EcsAgent]:
    with ecs_agent(tmp_path) as agent:
        yield agent


def worker(uri: str, *steps: tuple[str, float], **quicker: float) -> Any:  # noqa: ANN401 any JSON
    """Return what becomes of a worker that does *steps*, as `task_protection.protected` does."""
    return called("task_protection.protected", steps, quicker, AGENT=uri)


def test_a_burst_of_short_tasks_is_one_time_of_work(agent: EcsAgent) -> None:
    """A burst of short tasks needs two calls, one to protect and one to end the protection."""
    found = worker(agent.uri, *[("work", 0.02), ("sleep", 0.03)] * 40, ("sleep", 2))

    assert [body for _, body in agent.calls] == [
        {"ProtectionEnabled": True, "ExpiresInMinutes": 30},
        {"ProtectionEnabled": False},
    ]
    assert agent.calls[1][0] >= found["begun"] + 1
    assert found["lines"] == []


def test_an_idle_worker_asks_for_nothing(agent: EcsAgent) -> None:
    """An idle worker starts without protection and makes no call."""
    worker(agent.uri, ("sleep", 1))

    assert agent.calls == []


def test_a_long_task_is_protected_again_before_the_protection_expires(agent: EcsAgent) -> None:
    """A long task's protection is renewed before it expires."""
    worker(agent.uri, ("work", 2.2), ("sleep", 1.5), RENEW_SEC=0.5)

    assert agent.asked == [True] * (len(agent.calls) - 1) + [False]
    assert len(agent.calls) >= 5


def test_one_renewal_that_fails_leaves_a_task_protected() -> None:
    """The protection lasts through one failed renewal."""
    lasts_sec, needed_sec = called("task_protection.protection_and_need")

    assert lasts_sec >= needed_sec


def test_work_that_comes_while_protection_is_cleared_is_protected_at_once(agent: EcsAgent) -> None:
    """Work that arrives while the protection is being cleared is protected at once."""
    agent.fail(delay=1)
    worker(agent.uri, ("work", 0.1), ("sleep", 1.4), ("work", 1.5))

    assert agent.asked[:3] == [True, False, True]
    # The clearing took a second, and the next call followed.
    assert 0.9 < agent.calls[2][0] - agent.calls[1][0] < 1.5


def test_what_begins_work_does_not_wait_for_the_agent(agent: EcsAgent) -> None:
    """A task starts without waiting for the agent."""
    agent.fail(delay=3)

    assert worker(agent.uri, ("work", 0))["waited"] < 0.1


@pytest.mark.parametrize(
    ("fault", "lifted_sec", "sentence"),
    [
        ({"failure": "DEPLOYMENT_BLOCKED"}, 1, "ECS refuses: DEPLOYMENT_BLOCKED"),
        ({"error": "ThrottlingException"}, 1, "ThrottlingException: Rate exceeded"),
        ({"delay": 5}, 5, "RequestCanceled: Timed out calling Amazon ECS Task Protection API"),
    ],
)
def test_a_refusal_is_logged_once_and_tried_again(
    agent: EcsAgent, fault: dict[str, Any], lifted_sec: int, sentence: str
) -> None:
    """A refusal is logged once, and tried again after a growing pause until it succeeds."""
    agent.fail(**fault)
    lifted = threading.Thread(target=_lift_after_the_first_call, args=(agent, lifted_sec))
    lifted.start()
    # One more call of 5 s may have begun before.
    found = worker(agent.uri, ("work", 2 * lifted_sec + 4), FIRST_PAUSE_SEC=0.3)
    lifted.join()

    assert found["lines"] == [
        f"Cannot protect the worker's ECS task; trying again: {sentence}",
        "The worker's ECS task is protected again while it is busy",
    ]
    pauses = [after - before for (before, _), (after, _) in zip(agent.calls, agent.calls[1:], strict=False)]
    assert pauses == sorted(pauses)
    assert 2 <= len(agent.calls) <= 5


def _lift_after_the_first_call(agent: EcsAgent, sec: float) -> None:
    while not agent.calls:
        time.sleep(0.01)
    time.sleep(sec)
    agent.fail()


def test_an_agent_that_is_not_there_stops_nothing(tmp_path: Path) -> None:
    """A missing agent stops no work, and is logged in one line."""
    with ecs_agent(tmp_path) as agent:
        uri = agent.uri
    found = worker(uri, ("work", 2), FIRST_PAUSE_SEC=0.1)

    [line] = found["lines"]
    assert line.startswith(
        "Cannot protect the worker's ECS task; trying again: the agent does not answer: ConnectError"
    )


@pytest.mark.parametrize(
    "answer",
    ["<html>", {"protection": {}}, {"protection": {"ProtectionEnabled": False}}, ["protection"]],
    ids=["text", "half", "other", "list"],
)
def test_an_answer_that_is_not_the_agents_stops_nothing(answer: object) -> None:
    """The log has the beginning of an answer that is not the agent's."""
    with http_server(lambda _: (200, answer)) as uri:
        found = worker(uri, ("work", 0.5), FIRST_PAUSE_SEC=0.1)

    text = answer if isinstance(answer, str) else json.dumps(answer)
    assert found["lines"] == [f"Cannot protect the worker's ECS task; trying again: the agent answers 200: {text!r}"]


def test_a_worker_that_is_stopped_asks_no_more(agent: EcsAgent) -> None:
    """A worker that is being stopped makes no more calls."""
    found = worker(agent.uri, ("work", 0.2), ("stop", 0), ("sleep", 1.5), ("work", 0.5))

    assert agent.asked == [True]
    assert found["alive"] is False


class TestEcsAgent:
    def test_protection_expires(self, agent: EcsAgent) -> None:
        """The local protection expires after the requested minutes, or after two hours."""
        url = f"{agent.uri}/task-protection/v1/state"
        assert httpx.get(url).json()["protection"]["ProtectionEnabled"] is False

        answer = httpx.put(url, json={"ProtectionEnabled": True, "ExpiresInMinutes": 1}).json()["protection"]

        assert answer["ProtectionEnabled"] is True
        assert answer["ExpirationDate"]
        agent.pass_minutes(1)
        assert httpx.get(url).json()["protection"]["ProtectionEnabled"] is False
        httpx.put(url, json={"ProtectionEnabled": True})
        agent.pass_minutes(119)
        assert httpx.get(url).json()["protection"]["ProtectionEnabled"] is True
        agent.pass_minutes(1)
        assert httpx.get(url).json()["protection"] == {
            "ProtectionEnabled": False,
            "ExpirationDate": None,
            "TaskArn": "worker",
        }

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({}, "Invalid request: does not contain 'ProtectionEnabled' field"),
            ({"ProtectionEnabled": True, "Minutes": 1}, "UpdateTaskProtection: failed to decode request"),
            ({"ProtectionEnabled": True, "ExpiresInMinutes": 2881}, "expiresInMinutes must be between 1 and 2880"),
        ],
    )
    def test_a_wrong_request_is_refused(self, agent: EcsAgent, body: dict[str, Any], message: str) -> None:
        """The local endpoint refuses a wrong request as the agent and ECS do."""
        answer = httpx.put(f"{agent.uri}/task-protection/v1/state", json=body)

        assert answer.status_code == 400
        assert answer.json()["error"]["Code"] == "InvalidParameterException"
        assert answer.json()["error"]["Message"] == message
