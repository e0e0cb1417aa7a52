"""
What a program reads: the Terraform JSON of each engine, and the HCL of the export.

`python -m benchmarks.portability.sources PROJECT BUCKET` writes both for the stage `dev`, with the engine that the
environment names.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.project import PROJECT
from constructs_lib.engine.engine_choice import VARIABLE
from constructs_lib.engine.lazy_bindings import make_bindings_lazy

STAGE = "dev"
EXPORTED = "exported"
JSON = Path("cdktf.out", "stacks", f"airflow-{STAGE}")


@dataclass(frozen=True)
class Source:
    """What a program reads: its *name*, the *engine* that composes it, and its *folder* in a project."""

    name: str
    engine: str
    folder: Path


SOURCES = (
    Source("JSON of CDKTF", "cdktf", JSON),
    Source("JSON of CDK Terrain", "cdktn", JSON),
    Source("HCL of the export", "cdktf", Path(EXPORTED)),
)


def write(source: Source, project: Path, bucket: str) -> Path:
    """Write *source* into *project*, and return its folder."""
    command = [sys.executable, "-m", "benchmarks.portability.sources", str(project), bucket]
    subprocess.run(
        command, cwd=PROJECT, env={**os.environ, VARIABLE: source.engine}, stdout=subprocess.DEVNULL, check=True
    )
    return project / source.folder


def write_module(folder: Path) -> Path:
    """Write the module of the stage into *folder*, and return it."""
    words = ["export", "--stage", STAGE, "--module", "--to", str(folder)]
    subprocess.run(
        [sys.executable, "-m", "airflow_on_fargate", *words], cwd=PROJECT, stdout=subprocess.DEVNULL, check=True
    )
    return folder


def _write_here(project: Path, bucket: str) -> None:
    make_bindings_lazy()
    from airflow_on_fargate.export.export import export  # noqa: PLC0415 starts the engine
    from constructs_lib.settings.task_folder import find_task_folders  # noqa: PLC0415 as above
    from stages import STAGES  # noqa: PLC0415 as above
    from tests.terraform.deployment import compose  # noqa: PLC0415 as above

    [settings] = [each.model_copy(update={"state_bucket": bucket}) for each in STAGES if each.stage == STAGE]
    compose(project, settings)
    folders = find_task_folders(project / "tasks", stage=STAGE)
    export(settings, folders, project=project, folder=project / EXPORTED)


if __name__ == "__main__":
    _write_here(Path(sys.argv[1]), sys.argv[2])
