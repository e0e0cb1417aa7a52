"""The seconds from a task's message to its first line of code, with DAGs in the image and in a bundle."""

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.dag_bundles.many import FILES, change_pipeline, file_of
from benchmarks.dag_bundles.pusher import Pusher
from benchmarks.reliability.stack import Stack, wait_for

DAG = "starts"
WARM = 200
COLD = 10
SETTLE_SEC = 8
"""From a push until the dag-processor and the database are quiet again."""


@dataclass(kw_only=True)
class Starts:
    """The seconds of each start."""

    image: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    one_new: list[float] = field(default_factory=list)
    """The first task of a version in which one file is new for the worker."""
    all_new: list[float] = field(default_factory=list)
    """The first task of a version in which all files are new for the worker."""

    def median(self, name: str) -> float:
        """Return the median of the starts of that *name*."""
        values: list[float] = getattr(self, name)
        return statistics.median(values)


def measure_starts(image: Stack, bundle: Stack, pusher: Pusher, *, progress: Callable[[str], None]) -> Starts:
    """Start tasks in the stack with the DAGs in its *image* and in the one with a *bundle*, which take turns."""
    found = Starts()
    for stack in (image, bundle):
        start_one(stack)
    for number in range(1, WARM + 1):
        found.image.append(start_one(image))
        found.warm.append(start_one(bundle))
        progress(f"start {number} of {WARM}: {found.image[-1]:.2f} s in the image, {found.warm[-1]:.2f} s in a bundle")
    folder = bundle.dags
    for number in range(1, COLD + 1):
        change_pipeline(folder, number, 100_000 + number)
        found.one_new.append(_first_start(bundle, pusher, f"one new {number}"))
        for each in range(FILES):
            file = file_of(folder, each)
            file.write_text(f"{file.read_text()}# {number}\n")
        found.all_new.append(_first_start(bundle, pusher, f"all new {number}"))
        shown = f"{found.one_new[-1]:.2f} s with one file, {found.all_new[-1]:.2f} s with all"
        progress(f"new version {number} of {COLD}: {shown}")
    return found


def _first_start(stack: Stack, pusher: Pusher, note: str) -> float:
    """Push, wait until a new run has the version, and start the first task of it."""
    # Unless its own file changes, a DAG keeps the version of its last parse.
    file = stack.dags / f"{DAG}.py"
    file.write_text(f"{file.read_text()}# {note}\n")
    version = pusher.push(note).version
    current = "SELECT bundle_version FROM dag WHERE dag_id = %s"
    wait_for(lambda: stack.sql(current, DAG) == [(version,)], f"{DAG} to have the version {version}")
    time.sleep(SETTLE_SEC)
    return start_one(stack)


def start_one(stack: Stack) -> float:
    """Start a task and return the seconds from its message to its first line."""
    api = stack.api
    api.unpause(DAG)
    file = stack.state.shared_volume / "start.json"
    file.unlink(missing_ok=True)
    run_id = api.trigger(DAG, {"file": str(file)})
    ended = "SELECT state FROM dag_run WHERE dag_id = %s AND run_id = %s AND state IN ('success', 'failed')"
    wait_for(lambda: stack.sql(ended, DAG, run_id), f"a run of {DAG} to end")
    [(queued,)] = stack.sql("SELECT queued_dttm FROM task_instance WHERE dag_id = %s AND run_id = %s", DAG, run_id)
    began: float = json.loads(file.read_text())["began"]
    return began - float(queued.timestamp())
