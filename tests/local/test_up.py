"""Promises of what `make local` says before anything runs."""

import io
from pathlib import Path

from rich.console import Console

from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.up import prepare_processes


def test_the_start_says_which_tasks_lack_their_packages(tmp_path: Path) -> None:
    """Those whose image lacks them, too, with what to add; and of no other."""
    for name, line in (("lacks", "COPY . ."), ("has", "RUN pip install -r requirements.txt")):
        (tmp_path / "tasks" / name).mkdir(parents=True)
        (tmp_path / "tasks" / name / "Dockerfile").write_text(f"FROM none\n{line}\n")
        (tmp_path / "tasks" / name / "requirements.txt").write_text("requests\n")
    said = io.StringIO()

    prepare_processes(State(tmp_path / "state"), Console(file=said, width=80), tmp_path)

    assert said.getvalue() == (
        "Warning: tasks/lacks/requirements.txt is not installed, as in the image: no RUN of tasks/lacks/Dockerfile"
        " installs it; add COPY requirements.txt . and RUN pip install --requirement requirements.txt\n"
    )
