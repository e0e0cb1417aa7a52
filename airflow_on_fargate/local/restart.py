"""Detect edited files that `make local` reads only at its start."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from airflow_on_fargate.advice import advised
from airflow_on_fargate.local.state import State, read_json

SHOWN = 3
SKIPPED = ("__pycache__",)

Stamps = dict[str, list[int]]


def note_start(state: State, project: Path, *, containers: bool) -> None:
    """Record the state of these files of *project*; with *containers* also the files of tasks, which are in images."""
    kept = {"containers": containers, "files": _stamps(project, containers=containers)}
    state.read_at_start.write_text(json.dumps(kept), encoding="utf-8")


def restart_hint(state: State, project: Path) -> str | None:
    """Return a sentence with the files that changed since the start, or None."""
    if (kept := read_json(state.read_at_start)) is None:
        return None
    before: Stamps = kept["files"]
    now = _stamps(project, containers=kept["containers"])
    changed = sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))
    return (
        f"{_listed(changed)} changed: restart with {advised('local down')} and {advised('local up')} to use"
        " the new version"
        if changed
        else None
    )


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
    return ", ".join(paths[:SHOWN]) + more + (" has" if len(paths) == 1 else " have")


def _stamps(project: Path, *, containers: bool) -> Stamps:
    found = {}
    for path in _paths(project, containers=containers):
        try:
            about = path.stat()
        except OSError:
            continue
        name = path.relative_to(project)
        # Of a task's folder, only its existence counts.
        found[f"{name}/" if path.is_dir() else str(name)] = [0] if path.is_dir() else [about.st_mtime_ns, about.st_size]
    return found


def _paths(project: Path, *, containers: bool) -> Iterator[Path]:
    yield from (project / "requirements.txt", project / "stages.py")
    folders = [project / "plugins", project / "wheels", *([project / "tasks"] if containers else [])]
    for file in (each for folder in folders for each in folder.rglob("*")):
        if not file.is_dir() and not set(file.parts).intersection(SKIPPED):
            yield file
    for task in project.glob("tasks/*/"):
        yield from (task, task / "task.toml") if task.name not in SKIPPED else ()
