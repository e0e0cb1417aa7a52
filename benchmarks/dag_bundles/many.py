"""A thousand DAG files that import modules of their own and of each other's teams."""

import re
import shutil
from pathlib import Path

TEAMS = 20
FILES = 1000
CHANGE = re.compile(r"^CHANGE = \d+$", re.MULTILINE)

TEMPLATE = Path(__file__).with_name("template")
SHARED, TEAM, PIPELINE = "all_teams", "team_00", "pipeline_0000"
"""The folders of the template, and the DAG in it."""


def dag_id(number: int) -> str:
    """Return the id of a pipeline's DAG."""
    return f"pipeline_{number:04}"


def file_of(folder: Path, number: int) -> Path:
    """Return the file of a pipeline in the *folder* of DAGs."""
    return folder / f"team_{number % TEAMS:02}" / f"{dag_id(number)}.py"


def write_pipelines(folder: Path, count: int = FILES) -> None:
    """Write *count* DAG files to the *folder* of DAGs, and the modules that they import."""
    shutil.copytree(TEMPLATE / SHARED, folder / SHARED)
    pipeline = (TEMPLATE / TEAM / f"{PIPELINE}.py").read_text()
    for team in range(TEAMS):
        place = folder / f"team_{team:02}"
        place.mkdir()
        for name in ("__init__.py", "common.py"):
            (place / name).write_text((TEMPLATE / TEAM / name).read_text().replace(TEAM, place.name))
    for number in range(count):
        file = file_of(folder, number)
        file.write_text(pipeline.replace(TEAM, file.parent.name).replace(PIPELINE, dag_id(number)))


def change_pipeline(folder: Path, number: int, change: int) -> None:
    """Write the number of the *change* into one DAG file; its DAG has that in its description."""
    file = file_of(folder, number)
    file.write_text(CHANGE.sub(f"CHANGE = {change}", file.read_text()))
