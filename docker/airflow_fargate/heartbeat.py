"""The file that a process touches while it works, for the health check to look at."""

import os
from pathlib import Path

FILE = Path(os.environ.get("AIRFLOW_FARGATE_HEARTBEAT_FILE", "/tmp/airflow-heartbeat"))  # noqa: S108 alone in a container


def beat() -> None:
    """Say that the process works."""
    FILE.touch()
