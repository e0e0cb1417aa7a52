"""
What the Airflow in docker/requirements.txt has.

`python -P tests/list_airflow_options.py options > constructs_lib/settings/airflow_options.txt` writes the list of its
options, in an environment with that Airflow; `old_options` and `modules` write the others.
"""

from collections.abc import Mapping
from pathlib import Path


def _lines(name: str) -> list[str]:
    return Path(__file__).with_name(f"airflow_{name}.txt").read_text(encoding="utf-8").splitlines()


OPTIONS = frozenset(_lines("options"))
"""Every `section.option` of it and of the providers installed beside it."""
OLD_OPTIONS: Mapping[str, str] = {old: new for old, _, new in (line.partition(" ") for line in _lines("old_options"))}
"""Every `section.option` that only an older Airflow had, and the one that took its place; "" if none did."""
SECTIONS = frozenset(option.rpartition(".")[0] for option in OPTIONS)

OPEN_SECTIONS = frozenset({"celery_broker_transport_options"})
"""Sections that Airflow hands on whole to a library, whose options it does not list."""

MODULES = frozenset(_lines("modules"))
"""What lies in the package `airflow`."""
