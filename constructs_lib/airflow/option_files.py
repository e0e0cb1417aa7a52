"""Files that options of Airflow name: users keep theirs in folders that the Airflow image copies."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from constructs_lib.settings.processes import AIRFLOW_HOME
from constructs_lib.shared.bad_input import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

FILES = frozenset(
    {
        "api.log_config",
        "database.alembic_ini_file_path",
        "email.html_content_template",
        "email.subject_template",
        "fab.config_file",
    }
)
"""Options whose value is a file that Airflow reads."""

AUTHENTICATION: Mapping[str, str] = {"AUTH_LDAP": "python-ldap", "AUTH_OAUTH": "authlib"}
"""Ways to log in that `fab.config_file` may name, with the package that Flask-AppBuilder imports for it."""

COPIED = ("dags", "plugins")
"""Folders of the project that the image has in Airflow's home, in which users keep files of their own."""

LACKED = (
    "which the Airflow image does not have: add it to requirements.txt, or give the stage an image that has it in"
    " airflow_image"
)
"""What to do about a package."""


def path_in_project(value: str) -> PurePosixPath | None:
    """Return the path in the project of the file *value*, a path in the image, if it is one of those copied there."""
    path = PurePosixPath(re.sub(r"^\$(AIRFLOW_HOME\b|\{AIRFLOW_HOME\})", AIRFLOW_HOME, value))
    inside = path.relative_to(AIRFLOW_HOME) if path.is_relative_to(AIRFLOW_HOME) else PurePosixPath()
    return inside if inside.parts and inside.parts[0] in COPIED and ".." not in inside.parts else None


def file_fault(value: str, packages: Collection[str], project: Path) -> str | None:
    """Return what is wrong with the file *value*, a path in the image."""
    path = path_in_project(value)
    if not path:
        return (
            "must name a file that the image has: put it into plugins/ and give"
            f" {AIRFLOW_HOME}/plugins/ with its name, got {shown(value)}"
        )
    file = project / path
    if not file.is_file():
        return f"must name a file that the image has, but the project has no {path}, got {shown(value)}"
    text = file.read_text(encoding="utf-8", errors="replace")
    for kind, package in AUTHENTICATION.items():
        if re.search(rf"^AUTH_TYPE\s*=.*\b{kind}\b", text, re.MULTILINE) and package not in packages:
            return f"has AUTH_TYPE = {kind}, which needs the package {package}, {LACKED}"
    return None
