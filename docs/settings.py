"""
Write docs/settings.md, the list of all settings, from their models: `.venv/bin/python docs/settings.py`.

The meaning of a setting is in its docstring in the model, or in docs/settings.toml if its name nearly explains it.
"""

import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, TypeAdapter, ValidationError

sys.path.insert(0, str(Path(__file__).parent.parent))

from constructs_lib.settings.capacity import Ec2Capacity, TaskSize
from constructs_lib.settings.dag_bundles import DagsInGit, DagsInS3
from constructs_lib.settings.existing import ExistingDatabase, ExistingNetwork
from constructs_lib.settings.github_roles import GitHubRoles
from constructs_lib.settings.pause_schedule import PauseSchedule
from constructs_lib.settings.permission import Permission
from constructs_lib.settings.process_settings import ProcessSettings
from constructs_lib.settings.secret import KeyVersions
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.tags import IgnoreTags
from constructs_lib.settings.task_settings import TaskSettings
from constructs_lib.settings.worker_pool import WorkerPool
from constructs_lib.shared.capacity import FargateStrategy

PAGE = Path(__file__).with_suffix(".md")
MEANINGS = Path(__file__).with_suffix(".toml")
INTRODUCTION = """\
# Settings

`docs/settings.py` writes this page from the models, and a test compares the two. A stage is Python in `stages.py`, a
task is `tasks/<name>/task.toml`. A setting that is missing there has its default. A wrong value or an unknown name is
refused in one sentence before anything is written. Text such as `${LEVEL:-info}` arrives in AWS as written: neither
Terraform nor a shell evaluates it. [Changes of a live stage](changes.md) lists what each change does.
"""
MODELS: Mapping[type[BaseModel], str] = {
    Settings: "A stage: `Settings`",
    ProcessSettings: "A process of Airflow: `ProcessSettings`",
    WorkerPool: "The workers of a queue: `WorkerPool`",
    TaskSize: "The size of a Fargate task: `TaskSize`",
    FargateStrategy: "A mix of Fargate and Fargate Spot: `FargateStrategy`",
    Ec2Capacity: "EC2 instances for tasks: `Ec2Capacity`",
    KeyVersions: "Versions of the secrets: `KeyVersions`",
    DagsInS3: "DAGs in S3: `DagsInS3`",
    DagsInGit: "DAGs in Git: `DagsInGit`",
    PauseSchedule: "The pause schedule: `PauseSchedule`",
    IgnoreTags: "Tags that others add: `IgnoreTags`",
    GitHubRoles: "Roles for GitHub Actions: `GitHubRoles`",
    ExistingNetwork: "An existing network: `ExistingNetwork`",
    ExistingDatabase: "An existing database: `ExistingDatabase`",
    TaskSettings: "A task: `tasks/<name>/task.toml`",
    Permission: "A permission: `Permission` in Python, `[[permissions]]` in `task.toml`",
}
WRONG = {int: -1, str: "\0"}
"""Values that no setting accepts. The refusal contains what is allowed."""


def page() -> str:
    """Return the page's text."""
    return "\n".join([INTRODUCTION, *(_table(model, title) for model, title in MODELS.items())])


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """Return the meaning of each field of *model*, from the model or else from docs/settings.toml."""
    described = {name: field.description for name, field in model.model_fields.items() if field.description}
    return {**tomllib.loads(MEANINGS.read_text(encoding="utf-8")).get(model.__name__, {}), **described}


def _table(model: type[BaseModel], title: str) -> str:
    written = _toml if model is TaskSettings else _python
    annotations = get_type_hints(model, include_extras=True)
    described = meanings(model)
    rows = ["| name | value | default | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        value = _allowed(annotations[name], written) + _limits(field.metadata)
        default = (
            "required"
            if field.is_required()
            else written(field.get_default(call_default_factory=True, validated_data={}))
        )
        rows.append(f"| `{name}` | {value} | {default} | {' '.join(described[name].split())} |")
    return "\n".join([f"## {title}", "", *rows, ""])


def _allowed(annotation: object, written: Callable[[Any], str]) -> str:
    """Return in words which values *annotation* accepts."""
    origin, inner = get_origin(annotation), [each for each in get_args(annotation) if each is not NoneType]
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_allowed(each, written) for each in inner))
    if origin is Literal:
        return ", ".join(written(each) for each in inner)
    if origin is Annotated:
        limits = _limits([limit for each in inner[1:] for limit in getattr(each, "metadata", ())])
        return (_refused(annotation, inner[0]) or _allowed(inner[0], written)) + limits
    if origin is tuple:
        return f"list; each item: {_allowed(inner[0], written)}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"table; each key: {_allowed(inner[0], written)}; each value: {_allowed(inner[1], written)}"
    return _named(annotation, written)


def _named(annotation: object, written: Callable[[Any], str]) -> str:
    if annotation is bool:
        return ", ".join(written(each) for each in (True, False))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{_anchor(MODELS[annotation])})"
    return "text" if annotation is str else "number"


def _refused(annotation: Any, inner: object) -> str:  # noqa: ANN401 what Annotated makes has no type
    """Return what is allowed, from the refusal of a wrong value; "" if the refusal contains only the type."""
    try:
        TypeAdapter(annotation).validate_python(WRONG[int if inner is int else str])
    except ValidationError as error:
        found = re.fullmatch(r"Value error, must be (.+), got .*", error.errors()[0]["msg"], re.DOTALL)
        return found[1] if found else ""
    return ""


def _limits(metadata: Iterable[Any]) -> str:
    bounds = {key: getattr(each, key) for each in metadata for key in ("ge", "le") if hasattr(each, key)}
    match bounds:
        case {"ge": low, "le": high}:
            return f", {low} to {high}"
        case {"ge": low}:
            return f", minimum {low}"
    return ""


def _python(value: object) -> str:
    if isinstance(value, BaseModel):
        described = ", ".join(f"{name}={getattr(value, name)!r}" for name in sorted(value.model_fields_set))
        return f"`{type(value).__name__}({described})`"
    return f"`{value!r}`"


def _toml(value: object) -> str:
    return "none" if value is None else f"`{json.dumps(value)}`"


def _anchor(title: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
