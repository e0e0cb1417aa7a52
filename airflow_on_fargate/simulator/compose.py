"""Compose a stage with other bounds of a worker pool, to simulate them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdktf import App

from airflow_on_fargate.project_stages import find_stage, load_stages
from constructs_lib.airflow_stack import AirflowStack
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_folder import find_task_folders
from constructs_lib.shared.bad_input import BadInputError, nearest

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel


def compose(name: str, folder: Path, *, project: Path, pool: str, minimum: int | None, maximum: int | None) -> Path:
    """
    Write the Terraform JSON of the stage *name* of *project* below *folder*, and return the folder of the stacks.

    A *minimum* or *maximum* replaces that of its *pool*.

    Raises:
        BadInputError: there is no such stage or pool, or its settings are refused.

    """
    settings = find_stage(load_stages(None), name)
    if pool not in settings.worker_pools:
        msg = f"stage {name!r} has no worker pool {pool!r}; {nearest(pool, settings.worker_pools)}"
        raise BadInputError(msg)
    bounds = {key: value for key, value in (("min", minimum), ("max", maximum)) if value is not None}
    pools = settings.worker_pools | {pool: _set_values(settings.worker_pools[pool]) | bounds}
    app = App(outdir=str(folder), skip_validation=True)
    changed = Settings(**_set_values(settings) | {"worker_pools": pools})
    AirflowStack(
        app,
        changed.name,
        settings=changed,
        folders=find_task_folders(project / "tasks", stage=name),
        project=project,
    )
    app.synth()
    return folder / "stacks"


def _set_values(model: BaseModel) -> dict[str, Any]:
    """Return the values that were set explicitly; a default may contradict the changed values."""
    return {key: getattr(model, key) for key in model.model_fields_set}
