import io
import re
import time
from pathlib import Path

import pytest
from rich.console import Console

from airflow_on_fargate.local.output import Output
from airflow_on_fargate.local.progress import Progress


@pytest.mark.parametrize("verbose", [False, True])
def test_a_start_is_a_line_a_program(tmp_path: Path, *, verbose: bool) -> None:
    """Each program is one line when it is ready, and its output is shown only on request."""
    log, written = tmp_path / "worker.log", io.StringIO()
    console = Console(file=written)
    progress = Progress(console, Output({"worker": log}, console), began=time.monotonic(), verbose=verbose)

    with progress.waiting("worker", "is healthy"):
        log.write_text("a warning\n")
        progress.look()

    *output, end = written.getvalue().splitlines()
    assert re.fullmatch(r" +\d+\.\d s  worker is healthy", end)
    assert output == (["worker | a warning"] if verbose else [])


@pytest.mark.parametrize("verbose", [False, True])
def test_a_program_that_fails_shows_its_last_lines(tmp_path: Path, *, verbose: bool) -> None:
    """A failed program shows its last twenty lines once, and other programs none."""
    logs, written = {name: tmp_path / f"{name}.log" for name in ("aws", "worker")}, io.StringIO()
    console = Console(file=written)
    progress = Progress(console, Output(logs, console), began=0, verbose=verbose)
    logs["worker"].write_text("".join(f"{number}\n" for number in range(30)))
    progress.look()

    progress.show_last("worker")

    assert written.getvalue().splitlines() == [f"worker | {number}" for number in range(0 if verbose else 10, 30)]
