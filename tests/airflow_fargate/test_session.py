import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PYTHONPATH = f"{PROJECT / 'docker'}{os.pathsep}{PROJECT}"


def session(home: Path, *command: str) -> list[str]:
    """Return the lines that a session prints; it ends with 0."""
    run = subprocess.run(
        [sys.executable, "-m", "airflow_fargate.session", *command],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": PYTHONPATH,
            "AIRFLOW_HOME": str(home),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.splitlines()


@pytest.mark.parametrize(
    ("code", "said"), [("pass", "0"), ("raise SystemExit(3)", "3"), ("import os; os.kill(os.getpid(), 15)", "143")]
)
def test_the_exit_code_is_the_last_line(tmp_path: Path, code: str, said: str) -> None:
    """As a shell counts it where a signal ends the command."""
    (tmp_path / "logs").mkdir()

    assert session(tmp_path, sys.executable, "-c", code)[-1] == f"the command ended with exit code {said}"
