"""The stages of the user's project: find one, or write the JSON of all."""

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_on_fargate import main_file
from airflow_on_fargate.cli.children import run
from airflow_on_fargate.project import project_folder

if TYPE_CHECKING:
    from constructs_lib.settings.settings import Settings

OUTPUT = "cdktf.out"
VARIABLE = "CDKTF_OUTDIR"
"""The variable with another folder for the JSON."""


def find_stage(name: str) -> "Settings":
    """
    Return the settings of the stage *name* of stages.py.

    Raises:
        BadInputError: there is no such stage, or stages.py cannot be used.

    """
    from airflow_on_fargate import project_stages  # noqa: PLC0415 imports pydantic

    return project_stages.find_stage(project_stages.load_stages(os.environ.get("TF_STATE_BUCKET")), name)


def write_stages(*, quiet: bool = False) -> None:
    """
    Run the project's main.py, which writes the JSON of its stacks; *quiet* does not show their paths.

    If it fails, this program ends with its exit code.

    Raises:
        BadInputError: the folder has no main.py, or it writes nothing.

    """
    command = main_file.command(project_folder())
    # Only the user of `synth` chooses where the JSON is; the other commands read it in cdktf.out.
    environment = {name: each for name, each in os.environ.items() if not (quiet and name == VARIABLE)}
    with main_file.must_write(Path(environment.get(VARIABLE, OUTPUT))):
        run(command, environment=environment, stdout=subprocess.DEVNULL if quiet else None)
