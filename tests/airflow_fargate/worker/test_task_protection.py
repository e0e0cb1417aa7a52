import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.airflow_fargate.container import last_json, run
from tests.airflow_fargate.worker.ecs_agent import EcsAgent, ecs_agent

BEFORE = """
import json, logging, sys, time
from airflow_fargate.worker import task_protection
from airflow_fargate.worker.task_protection import TaskProtection

lines = []
handler = logging.Handler()
handler.emit = lambda record: lines.append(record.getMessage())
task_protection.log.addHandler(handler)
task_protection.QUIET_SEC = 1
task_protection.LOOK_SEC = 0.1
running = []
protection = TaskProtection(sys.argv[1], lambda: bool(running))
protection.start()

def work(sec):
    running.append(1)
    protection.wake()
    time.sleep(sec)
    running.pop()

"""
"""A worker of which nothing is left but whether it is busy, in a time that runs faster."""


@pytest.fixture(name="agent")
def _agent(tmp_path: Path) -> Iterator[EcsAgent]:
    with ecs_agent(tmp_path) as agent:
        yield agent


def worker(script: str, uri: str) -> Any:  # noqa: ANN401 any JSON
    """Return what *script* leaves in `said`, and what was logged."""
    code = BEFORE + textwrap.dedent(script) + "\nprint(json.dumps({'said': globals().get('said'), 'lines': lines}))"
    done = run("-c", code, uri)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_burst_of_short_tasks_is_one_time_of_work(agent: EcsAgent) -> None:
    """Two calls, not two for each task; the protection would end by itself after half an hour."""
    found = worker(
        """
        for _ in range(40):
            said = time.monotonic()
            work(0.02)
            time.sleep(0.03)
        time.sleep(2)
        """,
        agent.uri,
    )

    assert [body for _, body in agent.calls] == [
        {"ProtectionEnabled": True, "ExpiresInMinutes": 30},
        {"ProtectionEnabled": False},
    ]
    assert agent.calls[1][0] >= found["said"] + 1
    assert found["lines"] == []


def test_an_idle_worker_asks_for_nothing(agent: EcsAgent) -> None:
    """It begins without protection."""
    worker("time.sleep(1)", agent.uri)

    assert agent.calls == []


def test_a_long_task_is_protected_again_before_the_protection_expires(agent: EcsAgent) -> None:
    """As long as it runs."""
    worker("task_protection.RENEW_SEC = 0.5; work(2.2); time.sleep(1.5)", agent.uri)

    assert agent.asked == [True] * (len(agent.calls) - 1) + [False]
    assert len(agent.calls) >= 5


def test_one_renewal_that_fails_leaves_a_task_protected() -> None:
    """The protection lasts for two renewals and the longest pause between two calls that fail."""
    script = """
import json
from airflow_fargate.worker import task_protection as it
print(json.dumps([60 * it.EXPIRES_MIN, 2 * it.RENEW_SEC + it.LONGEST_PAUSE_SEC + it.TIMEOUT_SEC]))
"""
    lasts_sec, needed_sec = last_json(run("-c", script))

    assert lasts_sec >= needed_sec


def test_work_that_comes_while_protection_is_cleared_is_protected_at_once(agent: EcsAgent) -> None:
    """No task is unprotected for longer than the calls take."""
    agent.fail(delay=1)
    worker("work(0.1); time.sleep(1.4); work(1.5)", agent.uri)

    assert agent.asked[:3] == [True, False, True]
    # The clearing took a second, and the next call followed.
    assert 0.9 < agent.calls[2][0] - agent.calls[1][0] < 1.5


def test_what_begins_work_does_not_wait_for_the_agent(agent: EcsAgent) -> None:
    """However slow that is."""
    agent.fail(delay=3)
    found = worker("began = time.monotonic(); work(0); said = time.monotonic() - began", agent.uri)

    assert found["said"] < 0.1


@pytest.mark.parametrize(
    ("fault", "lifted_sec", "sentence"),
    [
        ({"failure": "DEPLOYMENT_BLOCKED"}, 1, "ECS refuses: DEPLOYMENT_BLOCKED"),
        ({"error": "ThrottlingException"}, 1, "ThrottlingException: Rate exceeded"),
        ({"delay": 5}, 5, "RequestCanceled: Timed out calling Amazon ECS Task Protection API"),
    ],
)
def test_a_refusal_is_said_once_and_tried_again(
    agent: EcsAgent, fault: dict[str, Any], lifted_sec: int, sentence: str
) -> None:
    """After a pause that grows, and until it works."""
    agent.fail(**fault)
    lift = f"open({str(agent.fault_file)!r}, 'w').write('{{}}')"
    found = worker(
        f"""
        import threading
        task_protection.FIRST_PAUSE_SEC = 0.3
        threading.Timer({lifted_sec}, lambda: {lift}).start()
        # One more call of 5 s may have begun before.
        work({2 * lifted_sec + 4})
        """,
        agent.uri,
    )

    assert found["lines"] == [
        f"Cannot protect the worker's ECS task; tried again: {sentence}",
        "The worker's ECS task is protected again while it is busy",
    ]
    pauses = [after - before for (before, _), (after, _) in zip(agent.calls, agent.calls[1:], strict=False)]
    assert pauses == sorted(pauses)
    assert 2 <= len(agent.calls) <= 5


def test_an_agent_that_is_not_there_stops_nothing(tmp_path: Path) -> None:
    """It is said in one line."""
    with ecs_agent(tmp_path) as agent:
        uri = agent.uri
    found = worker("task_protection.FIRST_PAUSE_SEC = 0.1; work(2)", uri)

    [line] = found["lines"]
    assert line.startswith("Cannot protect the worker's ECS task; tried again: the agent does not answer: ConnectError")


def test_a_worker_that_is_told_to_stop_asks_no_more(agent: EcsAgent) -> None:
    """Nothing keeps ECS from stopping it any longer."""
    worker(
        """
        from airflow_fargate.worker import stop_time
        work(0.2)
        stop_time.set_from_now()
        time.sleep(1.5)
        work(0.5)
        said = protection.is_alive()
        """,
        agent.uri,
    )

    assert agent.asked == [True]


class TestEcsAgent:
    def test_protection_expires(self, agent: EcsAgent) -> None:
        """After the minutes that were asked for, two hours without any."""
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
        """As the agent and ECS refuse it."""
        answer = httpx.put(f"{agent.uri}/task-protection/v1/state", json=body)

        assert answer.status_code == 400
        assert answer.json()["error"]["Code"] == "InvalidParameterException"
        assert answer.json()["error"]["Message"] == message
