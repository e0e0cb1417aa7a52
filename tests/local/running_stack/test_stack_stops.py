"""Promises of the stack on this machine while its programs are stopped, killed, and started again."""

import time
from pathlib import Path

import pytest

from benchmarks.reliability.fleet import fleet
from tests.local.stack import Stack

pytestmark = pytest.mark.local

TASKS = ("python_task", "bash_task", "container_task")


def test_tasks_that_cannot_end_before_their_worker_run_again_as_the_same_attempt(
    local_stack: Stack, tmp_path: Path
) -> None:
    """Tasks that cannot end before their worker run again as the same try, with the reason in their logs."""
    ended = local_stack.state.shared_volume / "ended.txt"
    ended.unlink(missing_ok=True)
    api = local_stack.api
    local_stack.wait_until_known("handed_back", limit_sec=60)
    api.unpause("handed_back")
    with fleet(local_stack.state, family="airflow-dev-airflow", stop_timeout_sec=10) as workers:
        workers.start()
        run_id = api.trigger("handed_back", {"folder": str(tmp_path)})
        for task in TASKS:
            local_stack.wait_for_state("handed_back", run_id, task, "running", limit_sec=120)
        for task, line in (("bash_task", "Output:"), ("container_task", "second 1")):
            local_stack.wait_for_log_line("handed_back", run_id, task, line)

        workers.stop(workers.workers[0])
        workers.start()

        found = local_stack.wait_for_run("handed_back", run_id, limit_sec=240)
        # Uploaded after the scheduler has heard of the end.
        local_stack.wait_for_log_line("handed_back", run_id, "container_task", "ended with exit code 0")

    ends = {name: (each["state"], each["try_number"], each["max_tries"]) for name, each in found.items()}
    assert ends == dict.fromkeys(TASKS, ("success", 1, 0))
    logs = {task: "\n".join(api.log_lines("handed_back", run_id, found[task])) for task in TASKS}
    for log in logs.values():
        assert log.count("It is handed back: it runs again from its beginning, and no retry is used up.") == 1
    assert (tmp_path / "stopped").read_text() == "stopped\n"
    assert ended.read_text() == f"handed_back__{run_id}\n"
    assert "Reattaching previously launched task" in logs["container_task"]
    assert workers.workers[0].process.returncode == 0


@pytest.mark.parametrize("program", ["worker", "triggerer"])
def test_a_deferred_task_outlives(local_stack: Stack, program: str) -> None:
    """The container of a deferred task runs once and without a retry through `kill -9` of worker or triggerer."""
    ended = local_stack.state.shared_volume / "ended.txt"
    ended.unlink(missing_ok=True)
    run_id = local_stack.trigger("slow")
    local_stack.wait_for_state("slow", run_id, "slow_task", "deferred")

    local_stack.kill(program)

    task = local_stack.wait_for_run("slow", run_id)["slow_task"]
    assert (task["state"], task["try_number"]) == ("success", 1)
    assert ended.read_text() == f"slow__{run_id}\n"
    log = "\n".join(local_stack.api.log_lines("slow", run_id, task))
    assert "second 19" in log


def test_what_crashes_is_there_again(local_stack: Stack) -> None:
    """A crashed program is restarted, and AWS has the same resources again."""
    before = local_stack.supervisor.process_ids()
    for program in ("api-server", "aws"):
        local_stack.kill(program)
    # Until it is written again, queues and cluster are missing, and Airflow fails a task that it cannot send.
    local_stack.state.provisioned.unlink()
    end = time.monotonic() + 120
    while (
        local_stack.supervisor.process_ids().get("api-server") in (None, before["api-server"])
        or not local_stack.state.provisioned.exists()
        or not local_stack.is_healthy()
    ):
        assert time.monotonic() < end
        time.sleep(0.2)

    ran = local_stack.command("run", "Test_Dag")

    assert ran.returncode == 0, ran.stdout
