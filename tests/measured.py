"""Measure the coverage of processes that pyproject.toml's settings do not reach."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from coverage import Coverage

from tests.clone import PROJECT

SETTINGS = Path(__file__).with_suffix(".toml")
INHERITED = ("COVERAGE_FILE", "COVERAGE_PROCESS_CONFIG")
"""Settings of this process, which would come first."""
EVERYBODY = 0o777


@contextmanager
def measured(
    environment: Mapping[str, str], *, project: Path = PROJECT, becomes_another: bool = False
) -> Iterator[Mapping[str, str]]:
    """
    Yield *environment* with the variables that measure airflow_on_fargate in processes, if this one is measured.

    The code is that of *project*: coverage takes the settings of this process for this project alone, not for a copy.
    What a process has counted before it *becomes another* program is lost without that argument. With it, the other
    program is measured too. At the end, the counts are put beside those of this process.
    """
    if not (coverage := Coverage.current()):
        yield environment
        return
    data = PROJECT / str(coverage.get_option("run:data_file"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # The database's program gives up root before it becomes PostgreSQL.
        folder.chmod(EVERYBODY)
        yield {
            **{variable: value for variable, value in environment.items() if variable not in INHERITED},
            "COVERAGE_FOLDER": name,
            "COVERAGE_PATCH": "execv" if becomes_another else "subprocess",
            "COVERAGE_PROCESS_START": str(SETTINGS),
            "COVERAGE_ROOT": str(project),
        }
        for file in folder.glob("counted.*"):
            shutil.copy(file, data.with_name(file.name.replace("counted", data.name, 1)))
