"""From a push, or a rollback, until Airflow's database has the change, while tasks run."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.dag_bundles.many import FILES, change_pipeline, dag_id
from benchmarks.dag_bundles.pusher import Pusher
from benchmarks.dag_bundles.witness import change_witness, witnessing
from benchmarks.reliability.stack import Stack, wait_for

LOAD = "running_tasks"
TASKS = 20
LOOK_SEC = 0.05
LIMIT_SEC = 60
WITNESS_EVERY = 5
"""Every how many pushes there is one more, of the files of the witness."""
ROLLBACK_EVERY = 4
"""Every how many pushes the last one is undone."""
STEP = 37
"""The pipelines are changed in this order, so that the changed file is of another team each time."""


class NotVisibleError(Exception):
    """Report that a change was not visible in time."""


@dataclass(kw_only=True)
class Pushes:
    """The seconds from the switch to the change in the database, and what went wrong."""

    visible: list[float] = field(default_factory=list)
    rolled_back: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    """From the start of a push until the change was visible."""
    runs: int = 0
    mixed: list[str] = field(default_factory=list)
    """A sentence for each run with files of several versions, and for each version with the content of another."""
    failed: int = 0
    """Runs of the witness that did not succeed."""


def push_many(stack: Stack, pusher: Pusher, *, count: int, progress: Callable[[str], None]) -> Pushes:
    """Push *count* versions, of which each changes one DAG file, and undo some of them, while tasks run."""
    found = Pushes()
    with running_tasks(stack), witnessing(stack, stack.state.shared_volume / "witness.jsonl") as witness:
        witness.pushed(pusher.version, 0)
        for number in range(1, count + 1):
            if number % WITNESS_EVERY == 0:
                change_witness(stack.dags, number)
                witness.pushed(pusher.push(f"witness {number}").version, number)
            _push_one(stack, pusher, number, found)
            witness.pushed(pusher.version, witness.number)
            progress(f"push {number} of {count}: visible after {found.visible[-1]:.2f} s")
    found.runs, found.failed = len(witness.runs), witness.failed(stack)
    found.mixed = [*witness.mixed(stack), *witness.unlike(stack)]
    return found


def _push_one(stack: Stack, pusher: Pusher, number: int, found: Pushes) -> None:
    target, before, began = number * STEP % FILES, pusher.version, time.time()
    change_pipeline(stack.dags, target, number)
    switched = pusher.push(f"change {number}").at
    found.visible.append(_wait(stack, target, number) - switched)
    found.whole.append(time.time() - began)
    if number % ROLLBACK_EVERY == 0:
        switched = pusher.roll_back(before).at
        # Each file is changed once.
        found.rolled_back.append(_wait(stack, target, 0) - switched)
        pusher.push(f"change {number} again")
        _wait(stack, target, number)


def _wait(stack: Stack, target: int, change: int) -> float:
    """
    Return the time at which the DAG had the number of the *change*.

    Raises:
        NotVisibleError: it had not within a minute.

    """
    wanted, end = [(f"change {change}",)], time.time() + LIMIT_SEC
    while stack.sql("SELECT description FROM dag WHERE dag_id = %s", dag_id(target)) != wanted:
        if time.time() > end:
            msg = f"change {change} of {dag_id(target)} was not visible within {LIMIT_SEC} s"
            raise NotVisibleError(msg)
        time.sleep(LOOK_SEC)
    return time.time()


@contextmanager
def running_tasks(stack: Stack) -> Iterator[None]:
    """Let twenty tasks run in this context."""
    api = stack.api
    api.unpause(LOAD)
    end = stack.state.shared_volume / "end"
    end.unlink(missing_ok=True)
    run_id = api.trigger(LOAD, {"end": str(end)})

    def running() -> int:
        statement = "SELECT count(*) FROM task_instance WHERE run_id = %s AND state = 'running'"
        [(count,)] = stack.sql(statement, run_id)
        return int(count)

    wait_for(lambda: running() == TASKS, f"{TASKS} tasks to run")
    try:
        yield
        if (count := running()) != TASKS:
            msg = f"only {count} of {TASKS} tasks still ran at the end"
            raise RuntimeError(msg)
    finally:
        end.touch()
