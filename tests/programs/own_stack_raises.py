"""A main.py whose own construct raises an exception."""

import os
from pathlib import Path

from airflow_on_fargate.program import run


def define(*_: object) -> None:
    """Define no stack."""
    msg = "no orders today"
    raise RuntimeError(msg)


run([], project=Path(__file__).parent, environment=os.environ, define=define)
