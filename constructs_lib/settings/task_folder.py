"""The sub-folders of `tasks/`: each becomes a container image and a task definition."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from constructs_lib.engine.names import aws_name
from constructs_lib.settings.task_settings import TaskSettings, read_task_settings
from constructs_lib.settings.values import TASK_NAME
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.shared.user_model import engine_token

RESERVED = frozenset(
    {"airflow", "airflow-arm64", "airflow-x86-64", "api-server", "dag-processor", "migrate", "scheduler", "triggerer"}
    | {"worker"}
)
"""Names of the stack's own images and containers."""
WORKERS = "worker-"
"""The families of worker pools start with this, also those of pools that are added later."""

ROLE_NAME_LIMIT = 64
"""Characters (AWS: "IAM name limits")."""


@dataclass(frozen=True)
class TaskFolder:
    """One sub-folder of `tasks/`."""

    name: str
    path: Path
    settings: TaskSettings

    @property
    def aws_name(self) -> str:
        """The name of families, repositories and roles: with `-` instead of `_`."""
        return aws_name(self.name)


def check_task_name(name: str, *, stage: str) -> None:
    """
    Refuse a name that ECS, ECR or IAM do not accept in *stage*, or that the stack itself uses.

    Raises:
        BadInputError: naming the folder and what is allowed.

    """
    if not re.fullmatch(TASK_NAME, name):
        msg = (
            f"tasks/{name}: a task's name must be lower-case letters and digits in words joined by one '_' or '-', "
            f"starting with a letter, got {name!r}"
        )
        raise BadInputError(msg)
    if token := engine_token(name):
        msg = f"tasks/{name}: a task's name must not contain {token!r}, which CDKTF would replace; rename the folder"
        raise BadInputError(msg)
    if aws_name(name) in RESERVED:
        msg = f"tasks/{name}: the name is reserved for Airflow's own containers, as are {', '.join(sorted(RESERVED))}"
        raise BadInputError(msg)
    if aws_name(name).startswith(WORKERS):
        msg = f"tasks/{name}: names that start with {WORKERS!r} are reserved for worker pools, got {name!r}"
        raise BadInputError(msg)
    allowed = ROLE_NAME_LIMIT - len(f"airflow-{stage}--execution")
    if len(name) > allowed:
        msg = (
            f"tasks/{name}: a task's name must have {allowed} characters or fewer in stage {stage!r},"
            f" got {len(name)}: its "
            f"role is airflow-{stage}-<name>-execution, and IAM's limit is {ROLE_NAME_LIMIT} characters"
        )
        raise BadInputError(msg)


def find_task_folders(tasks: Path, *, stage: str) -> tuple[TaskFolder, ...]:
    """
    Return the sub-folders of *tasks*, sorted by name, without hidden ones and `__pycache__`.

    Raises:
        BadInputError: the sentence reports the first fault: a wrong name or `task.toml`, or a missing Dockerfile.

    """
    found: dict[str, TaskFolder] = {}
    if not tasks.is_dir() and os.path.lexists(tasks):
        msg = "tasks must be a folder; every folder in it is built into a container image"
        raise BadInputError(msg)
    for path in sorted(tasks.iterdir()) if tasks.is_dir() else ():
        if not path.is_dir() or path.name == "__pycache__" or path.name.startswith("."):
            continue
        check_task_name(path.name, stage=stage)
        if same := found.get(aws_name(path.name)):
            msg = f"tasks/{same.name} and tasks/{path.name} are both named {same.aws_name} on AWS; rename one of them"
            raise BadInputError(msg)
        if not (path / "Dockerfile").is_file():
            if os.path.lexists(path / "Dockerfile"):
                msg = f"tasks/{path.name}/Dockerfile must be a regular file; an image is built from it"
                raise BadInputError(msg)
            msg = f"tasks/{path.name} has no Dockerfile; every folder in tasks/ is built into a container image"
            raise BadInputError(msg)
        settings = read_task_settings(path / "task.toml", where=f"tasks/{path.name}/task.toml")
        for folder in settings.additional_folders:
            _check_additional_folder(folder, task=path)
        found[aws_name(path.name)] = TaskFolder(path.name, path, settings)
    return tuple(found.values())


def _check_additional_folder(folder: str, *, task: Path) -> None:
    project = task.parents[1]
    first = folder.partition("/")[0]
    own = f"tasks/{task.name}"
    got = f"got {folder!r}"
    if not (project / folder).is_dir():
        fault = f"must name folders of the project, {got}, which is not one"
    elif (project / folder).resolve() != project.resolve() / folder:
        fault = f"must name folders, not symbolic links to folders, {got}"
    elif f"{own}/".startswith(f"{folder}/") or folder.startswith(f"{own}/"):
        fault = f"must not contain the task's own folder or a part of it, {got}"
    elif (task / first).exists():
        fault = f"must not contain {folder!r}, because {own}/{first} has the same path in the build; rename one of them"
    else:
        return
    msg = f"{own}/task.toml: additional_folders {fault}"
    raise BadInputError(msg)
