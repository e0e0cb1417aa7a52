import subprocess
import sys
from pathlib import Path

import pytest

from tests.airflow_fargate.container import environment_with


def session(home: Path, *command: str) -> list[str]:
    """Return the lines that a session prints; it ends with 0."""
    run = subprocess.run(
        [sys.executable, "-m", "airflow_fargate.session", *command],
        env=environment_with({"AIRFLOW_HOME": str(home)}),
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.splitlines()


@pytest.mark.parametrize(("command", "code"), [("true", 0), ("exit 3", 3), ("kill $$", 143)])
def test_the_exit_code_is_the_last_line(tmp_path: Path, command: str, code: int) -> None:
    """The last line of a session is the exit code, and for a signal the number that a shell uses."""
    (tmp_path / "logs").mkdir()

    assert session(tmp_path, "sh", "-c", command)[-1] == f"the command ended with exit code {code}"
