"""Run a command of `airflow-fargate` in the process of the tests."""

import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO

import pytest

from airflow_on_fargate.cli.main import main


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, and what it has printed."""

    code: int
    output: str
    errors: str


def command(*words: str) -> Ended:
    """Run `airflow-fargate` with *words*."""
    output, errors = StringIO(), StringIO()
    with redirect_stdout(output), redirect_stderr(errors), pytest.MonkeyPatch.context() as patch:
        # The program adds the current folder.
        patch.setattr(sys, "path", list(sys.path))
        with pytest.raises(SystemExit) as ended:
            main(words)
    code = ended.value.code or 0
    assert isinstance(code, int)
    return Ended(code, output.getvalue(), errors.getvalue())


def refused(*words: str) -> str:
    """Run `airflow-fargate`, which must refuse *words* with exit code 1, and return its last sentence."""
    ended = command(*words)

    assert ended.code == 1
    return ended.errors.splitlines()[-1]
