import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.airflow_fargate.worker.ecs_agent import ecs_agent
from tests.airflow_fargate.worker.sqs import LIMIT_SEC, Sqs, sqs, until
from tests.airflow_on_fargate.pipeline_roles.evaluator import allows
from tests.airflow_stack.test_stack_queues import call, queue_policies
from tests.variants import variant

if TYPE_CHECKING:
    import subprocess


@pytest.fixture(name="queue")
def _queue() -> Iterator[Sqs]:
    with sqs() as queue:
        yield queue


@pytest.fixture(name="quick_queue")
def _quick_queue() -> Iterator[Sqs]:
    """Yield a queue whose long polls are short, so that a worker that waits for one ends soon."""
    with sqs(longest_sec=1) as queue:
        yield queue


def stopped(process: "subprocess.Popen[bytes]") -> float:
    """Send SIGTERM and return after how many seconds the process has ended well."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(LIMIT_SEC) == 0
    return time.monotonic() - began


def is_allowed(who: str, action: str) -> bool:
    """Whether the policies of the role and of the queue allow what a real scheduler or worker has asked of SQS."""
    template, role = variant("split"), {"scheduler": "scheduler_task", "worker": "worker_default_task"}[who]
    queue = "${aws_sqs_queue.queue_default.arn}"
    policies = [json.loads(template.all("aws_iam_role_policy")[role]["policy"]), queue_policies(template)[queue]]
    return allows(policies, call(action, queue, f"${{aws_iam_role.{role}.arn}}"))


def is_ready(log: Path) -> bool:
    """Whether the worker has logged the line."""
    return " ready." in log.read_text()


def test_an_idle_worker_waits_out_its_poll_and_loses_no_message(queue: Sqs, tmp_path: Path) -> None:
    """An idle worker ends within 25 seconds of SIGTERM and leaves later messages in the queue."""
    log = tmp_path / "log"
    with queue.worker(log) as process:
        until(lambda: is_ready(log), log)
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        time.sleep(1.5)
        queue.send("nap", 0, str(tmp_path / "task"))

        seconds = stopped(process)

    assert queue.count() == (1, 0), log.read_text()
    assert seconds < 25
    assert not (tmp_path / "task").exists()


@pytest.fixture(name="ten_second_queue")
def _ten_second_queue() -> Iterator[Sqs]:
    """Yield a queue whose long polls end after 10 seconds, before the task of the test."""
    with sqs(longest_sec=10) as queue:
        yield queue


def test_a_busy_worker_ends_its_task_and_takes_no_other(ten_second_queue: Sqs, tmp_path: Path) -> None:
    """A busy worker ends its task, deletes its message, takes no other message, and exits."""
    queue, log, task, other = ten_second_queue, tmp_path / "log", tmp_path / "task", tmp_path / "other"
    with queue.worker(log) as process:
        queue.send("nap", 14, str(task))
        until(task.exists, log)
        process.send_signal(signal.SIGTERM)
        # A second one changes nothing.
        process.send_signal(signal.SIGTERM)
        time.sleep(1.5)
        queue.send("nap", 0, str(other))
        until(lambda: task.read_text() == "ended", log)
        ended = time.monotonic()
        process.wait(LIMIT_SEC)
        seconds = time.monotonic() - ended

    assert queue.count() == (1, 0), log.read_text()
    assert seconds < 5
    assert not other.exists()
    refused = {(who, action) for who, action in queue.asked if who != "a" and not is_allowed(who, action)}
    assert refused == set()
    assert queue.asked >= {("scheduler", "sqs:SendMessage"), ("worker", "sqs:DeleteMessage")}


def test_the_time_that_a_task_has_comes_from_the_stop_timeout(quick_queue: Sqs, tmp_path: Path) -> None:
    """A task's process reads the time of its end from memory that it shares with the worker."""
    queue, log, task = quick_queue, tmp_path / "log", tmp_path / "task"
    with queue.worker(log, AIRFLOW_FARGATE_STOP_TIMEOUT_SEC="6") as process:
        queue.send("as_long_as_it_may", str(task))
        until(task.exists, log)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        until(lambda: task.read_text() == "ended", log)
        assert 2.9 < time.monotonic() - began < 4
        process.wait(LIMIT_SEC)

    assert queue.count() == (0, 0), log.read_text()


def test_a_worker_that_stops_before_it_is_ready_takes_no_message(queue: Sqs, tmp_path: Path) -> None:
    """A worker that is stopped before it is ready ends at once and takes no message."""
    log, task = tmp_path / "log", tmp_path / "task"
    queue.send("nap", 0, str(task))
    with queue.worker(log, "stopped_early") as process:
        assert process.wait(LIMIT_SEC) == 0

    assert queue.count() == (1, 0), log.read_text()
    assert not task.exists()


def test_a_busy_worker_is_protected(quick_queue: Sqs, tmp_path: Path) -> None:
    """A busy worker is protected from its first message on, with one call for all its tasks."""
    queue, log, task = quick_queue, tmp_path / "log", tmp_path / "task"
    with ecs_agent(tmp_path) as agent:
        protection = {"AIRFLOW_FARGATE_TASK_PROTECTION": "True", "ECS_AGENT_URI": agent.uri}
        with queue.worker(log, **protection) as process:
            until(lambda: is_ready(log), log)
            assert agent.calls == []
            queue.send("nap", 3, str(task))
            until(task.exists, log)
            until(lambda: bool(agent.calls), log)
            assert task.read_text() == "began"
            queue.send("nap", 0, str(tmp_path / "other"))
            until((tmp_path / "other").exists, log)
            assert agent.asked == [True]
            stopped(process)

    assert agent.asked == [True]
