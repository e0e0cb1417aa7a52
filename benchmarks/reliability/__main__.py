"""Break the local stack's parts, one after the other: `python -m benchmarks.reliability`."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from airflow_on_fargate.local.state import State
from benchmarks.dag_bundles.git_remote import git_remote
from benchmarks.reliability.bundle_faults import BUNDLE_FAULTS, BUNDLE_STAGES
from benchmarks.reliability.fault import Fault, Row
from benchmarks.reliability.faults import FAULTS
from benchmarks.reliability.git_faults import GIT_FAULTS, git_stages
from benchmarks.reliability.load import measure
from benchmarks.reliability.page import keep
from benchmarks.reliability.restarts import RUNS, STAGES, run
from benchmarks.reliability.stack import Stack
from benchmarks.running import running
from constructs_lib.shared.bad_input import shown

KEYS = (*(fault.key for fault in (*FAULTS, *BUNDLE_FAULTS, *GIT_FAULTS)), *RUNS)


def main() -> None:
    """Measure, write the page after each fault, and exit with 1 if a result is not as expected."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reliability",
        description="Break the local stack's parts and write docs/reliability.md: more than an hour.",
        epilog=f"KEY is one of: {', '.join(KEYS)}.",
    )
    parser.add_argument("keys", nargs="*", metavar="KEY", help="measure only these, and keep the rest of the page")
    asked = parser.parse_args()
    if unknown := [key for key in asked.keys if key not in KEYS]:
        sys.exit(f"error: FAULT must be one of {', '.join(KEYS)}, got {shown(unknown[0])}")
    keys = asked.keys or KEYS
    good = True
    with tempfile.TemporaryDirectory() as temporary:
        if faults := [fault for fault in BUNDLE_FAULTS if fault.key in keys]:
            with running(Path(temporary, "bundle"), stages=BUNDLE_STAGES) as started:
                good = _break(Stack(started.state), faults)
        if faults := [fault for fault in GIT_FAULTS if fault.key in keys]:
            good = _break_git(Path(temporary), faults) and good
        faults, runs = [fault for fault in FAULTS if fault.key in keys], [name for name in RUNS if name in keys]
        if faults or runs:
            with running(Path(temporary, "project"), stages=STAGES) as started:
                good = _break(Stack(started.state), faults) and good
                good = _restart(started.state, runs) and good
    sys.exit(0 if good else 1)


def _break_git(folder: Path, faults: Sequence[Fault]) -> bool:
    """Measure the *faults* of a stack whose DAGs are in a Git repository on this machine."""
    with git_remote(folder / "remote") as remote:

        def prepare(project: Path) -> None:
            sources = [path for part in ("dags", "tasks") for path in (project / part).rglob("*") if path.is_file()]
            remote.repository.commit({str(path.relative_to(project)): path.read_text() for path in sources})
            remote.write_secret(project)

        with running(folder / "git", stages=git_stages(remote.url), prepare=prepare) as started:
            return _break(Stack(started.state, remote), faults)


def _break(stack: Stack, faults: Sequence[Fault]) -> bool:
    """Measure the *faults*, and return whether all are as expected."""
    good = True
    for fault in faults:
        print(f"{fault.what} ... ", end="", flush=True)
        row = measure(stack, fault)
        print(_line(fault, row), flush=True)
        keep(fault.key, row)
        good = good and row.is_good(fault)
    return good


def _restart(state: State, runs: Sequence[str]) -> bool:
    """Measure the *runs* with workers that come and go, and return whether all are as expected."""
    good = True
    for name in runs:
        print(f"{name} ... ", end="", flush=True)
        restarts = run(state, *RUNS[name])
        print(restarts, flush=True)
        keep(name, restarts)
        good = good and restarts.is_good
    return good


def _line(fault: Fault, row: Row) -> str:
    wrong = "" if row.wrong_version is None else f" {row.wrong_version} with a wrong version,"
    return (
        f"{'ok' if row.is_good(fault) else 'UNEXPECTED'}: {row.lost} lost, {row.twice} twice, {row.retried} retried,"
        f"{wrong} recovered after {row.recovered_sec:.1f} s {row.problem}"
    )


if __name__ == "__main__":
    main()
