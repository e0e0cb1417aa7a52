import os
import shutil
import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest

from tests.schedule import RUNNING_STACK, SLOW

PROJECT = Path(__file__).parents[1]


def test_slow_tests_come_first(request: pytest.FixtureRequest) -> None:
    """The tests of the running stack come first and unmarked files last, and no file is torn apart."""
    items = {
        file: list(group) for file, group in groupby(request.session.items, lambda item: item.nodeid.partition("::")[0])
    }
    kinds = [
        "slow" if any(item.get_closest_marker(mark) for item in group for mark in SLOW) else "fast"
        for group in items.values()
    ]
    stack = [file.startswith(RUNNING_STACK) for file in items]

    assert sum(map(len, items.values())) == len(request.session.items)
    assert kinds == sorted(kinds, reverse=True)
    assert stack == sorted(stack, reverse=True)


@pytest.mark.programs
def test_one_worker_runs_all_of_the_running_stack(tmp_path: Path) -> None:
    """Two files of the running stack are on one worker, although another one is free."""
    stack = tmp_path / RUNNING_STACK
    stack.mkdir(parents=True)
    for name in ("conftest.py", f"{RUNNING_STACK}test_one.py", f"{RUNNING_STACK}test_two.py", "tests/test_other.py"):
        shutil.copyfile(PROJECT / "tests/programs/which_worker.py", tmp_path / name)

    options = ("-n", "2", "--dist", "loadfile", "-p", "no:cacheprovider", "--import-mode=importlib", "-q", "tests")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    one, two = (stack.joinpath(f"test_{name}.worker").read_text() for name in ("one", "two"))
    assert one == two != (tmp_path / "tests/test_other.worker").read_text()
