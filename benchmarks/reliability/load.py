"""Cause a fault under load, and count lost and repeated tasks."""

import shutil
import time
from collections import Counter
from pathlib import Path

from benchmarks.reliability.fault import Fault, Row
from benchmarks.reliability.stack import LIMIT_SEC, POLL_SEC, Stack, wait_for
from constructs_lib.shared.bad_input import BadInputError

DAG, PROBE = "faults", "probe"
WORK = ("work", "container")
COUNT = 16


def measure(stack: Stack, fault: Fault) -> Row:
    """Return what comes of the *fault*, on the *stack* that has the DAGs of the benchmarks."""
    stack.mark()
    stack.wait_until_well()
    folder = stack.state.shared_volume / DAG / fault.key
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # The container's user is another one.
    folder.chmod(0o777)
    conf = {"name": fault.key, "folder": str(folder), "count": COUNT, **fault.conf}
    idle = not fault.began and not fault.in_container
    with fault.around(stack):
        if idle:
            fault.happen(stack)
            recovered_sec = _probe_seconds(stack)
        run_id = _trigger(stack, DAG, conf)
        if not idle:
            wanted, count = ("container", 1) if fault.in_container else ("work", fault.began)
            wait_for(lambda: _noted(folder, "began")[wanted] >= count, f"{count} of {wanted} to begin")
            fault.happen(stack)
            recovered_sec = _probe_seconds(stack)
        problem = ""
        try:
            wait_for(lambda: _is_over(stack, DAG, run_id), "the run to end")
        except TimeoutError as error:
            problem = str(error)
        problem = problem or fault.problem(stack)
    found = stack.sql(
        "SELECT task_id, state, try_number FROM task_instance WHERE run_id = %s AND task_id IN %s", run_id, WORK
    )
    return Row(
        key=fault.key,
        # All expected tasks, whatever their state, and the container.
        lost=int(str(conf["count"])) + 1 - sum(state == "success" for _, state, _ in found),
        twice=sum(count > 1 for count in _ended(folder).values()),
        retried=sum(max(0, number - 1) for _, _, number in found),
        recovered_sec=recovered_sec,
        problem=problem,
        wrong_version=_wrong_version(stack, run_id, folder),
    )


def _wrong_version(stack: Stack, run_id: str, folder: Path) -> int | None:
    [(pinned,)] = stack.sql("SELECT bundle_version FROM dag_run WHERE dag_id = %s AND run_id = %s", DAG, run_id)
    # What happened, the number of the task, its try, and the file with its code.
    lines = [line.split(maxsplit=3) for line in (folder / "work").read_text().splitlines()]
    return None if pinned is None else len({each[1] for each in lines if f"/versions/{pinned}/" not in each[3]})


def _probe_seconds(stack: Stack) -> float:
    began = time.monotonic()
    run_id = _trigger(stack, PROBE, {})
    wait_for(lambda: _is_over(stack, PROBE, run_id), "a new run to end")
    return time.monotonic() - began


def _trigger(stack: Stack, dag_id: str, conf: dict[str, object]) -> str:
    """Start a run as soon as Airflow accepts one."""
    end = time.monotonic() + LIMIT_SEC
    while True:
        try:
            api = stack.api
            api.unpause(dag_id)
            return api.trigger(dag_id, conf)
        except BadInputError:
            if time.monotonic() > end:
                raise
        time.sleep(POLL_SEC)


def _is_over(stack: Stack, dag_id: str, run_id: str) -> bool:
    # A query costs the stack less than the API, and works without an api-server.
    found = stack.sql("SELECT state FROM dag_run WHERE dag_id = %s AND run_id = %s", dag_id, run_id)
    return found[0][0] in ("success", "failed")


def _lines(folder: Path) -> list[tuple[str, str]]:
    """Return the lines of the tasks: `began` or `ended`, and the task."""
    texts = [path.read_text() for name in WORK if (path := folder / name).is_file()]
    return [(line.split()[0], line.split()[1]) for text in texts for line in text.splitlines()]


def _noted(folder: Path, what: str) -> Counter[str]:
    return Counter("container" if who == "container" else "work" for word, who in _lines(folder) if word == what)


def _ended(folder: Path) -> Counter[str]:
    return Counter(who for word, who in _lines(folder) if word == "ended")
