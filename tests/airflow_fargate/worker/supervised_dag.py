"""Tasks whose worker is stopped at a certain moment; run by supervised.py."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, ClassVar

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, BaseOperator
from airflow_fargate.hand_back import END
from typing_extensions import override

NOTES = Path(os.environ["NOTES"])
LONG_SEC = 60
SLOW_SEC = 6.5
"""Longer than `hand_back.ON_KILL_SEC`."""
DEAF = Path(__file__).parents[1] / "programs" / "deaf.py"


def note(what: str) -> None:
    """Write *what* has happened to a file; the worker is stopped when a task has started."""
    (NOTES / what).touch()


class Result:
    """A value whose push, which comes after the task's code, takes time or brings the signal to end."""

    __version__: ClassVar[int] = 1

    def __init__(self, *, pause_sec: float = 0) -> None:
        self._pause_sec = pause_sec

    def serialize(self) -> dict[str, Any]:
        """Return nothing, after a while."""
        note("begun")
        os.kill(os.getpid(), END)
        time.sleep(self._pause_sec)
        return {}


class FailureError(Exception):
    """An error that brings the signal to end when Airflow logs it, which comes after the task's code."""

    @override
    def __str__(self) -> str:
        """Return its text."""
        os.kill(os.getpid(), END)
        return "no such file"


class Runs(BaseOperator):
    """Runs for a minute; `on_kill` notes each call, may take long, and may print much and fail."""

    def __init__(
        self,
        *,
        on_kill_sec: float = 0,
        on_kill_fails: bool = False,
        reattach: bool = False,
        forks: bool = False,
        last_lines: int = 0,
        **kwargs: Any,  # noqa: ANN401 the parent's arguments
    ) -> None:
        super().__init__(**kwargs)
        self.on_kill_sec = on_kill_sec
        self.on_kill_fails = on_kill_fails
        self.reattach = reattach
        self.forks = forks
        self.last_lines = last_lines

    @override
    def execute(self, context: Any) -> None:
        """Run, perhaps with a process of its own."""
        if self.forks and os.fork() == 0:
            time.sleep(LONG_SEC)
            os._exit(0)
        note("begun")
        time.sleep(LONG_SEC)

    @override
    def on_kill(self) -> None:
        """Note it."""
        time.sleep(self.on_kill_sec)
        with (NOTES / "on_kill").open("a") as file:
            file.write(".")
        # In one write: of single lines a socket holds few.
        sys.stdout.write("last line\n" * self.last_lines)
        if self.on_kill_fails:
            msg = "cannot let go"
            raise RuntimeError(msg)


class Starts(BaseOperator):
    """Starts a program that takes no notice of the signal, and waits for it."""

    @override
    def execute(self, context: Any) -> None:
        """Start it; its process id is noted."""
        program = [sys.executable, str(DEAF), str(LONG_SEC)]
        with subprocess.Popen(program, stdout=subprocess.PIPE) as process:
            assert process.stdout
            process.stdout.readline()
            (NOTES / "program").write_text(str(process.pid))
            note("begun")


class Ends(BaseOperator):
    """Ends at once, with a value or an error."""

    def __init__(self, *, pause_sec: float = 0, fails: bool = False, **kwargs: Any) -> None:  # noqa: ANN401 as above
        super().__init__(**kwargs)
        self.pause_sec = pause_sec
        self.fails = fails

    @override
    def execute(self, context: Any) -> Result:
        """End."""
        if self.fails:
            note("begun")
            raise FailureError
        return Result(pause_sec=self.pause_sec)


with DAG("supervised", schedule=None):
    Runs(task_id="runs", forks=True, on_kill_sec=0.5, last_lines=5_000)
    Runs(task_id="does_not_let_go", on_kill_sec=LONG_SEC)
    Runs(task_id="fails_to_let_go", on_kill_fails=True)
    Runs(task_id="attaches_again", reattach=True)
    Starts(task_id="starts_a_program")
    Ends(task_id="has_succeeded")
    Ends(task_id="has_failed", fails=True)
    Ends(task_id="reports_slowly", pause_sec=SLOW_SEC)
    TriggerDagRunOperator(
        task_id="waits_for_another_run",
        trigger_dag_id="other",
        trigger_run_id="r",
        wait_for_completion=True,
        poke_interval=LONG_SEC,
    )
