"""Copies of this project for measurements, and the smallest CDKTF project as a baseline."""

import json
import shutil
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[1]

INSTALLED = (".venv", ".make", "node_modules")
"""What `make` has installed; a copy links to it."""

EMPTY_PROGRAM = Path(__file__).with_name("empty_app.py")


def copy_project(folder: Path) -> Path:
    """Copy the project without what `make` has made; the files keep their times, so that `make` is content with it."""
    ignored = shutil.ignore_patterns(*INSTALLED, ".git", ".local", ".terraform", ".*_cache", "__pycache__", "cdktf.out")
    shutil.copytree(PROJECT, folder, ignore=ignored)
    for name in INSTALLED:
        if (PROJECT / name).exists():
            (folder / name).symlink_to(PROJECT / name)
    return folder


def write_empty_project(folder: Path) -> Path:
    """Write a program that imports cdktf and synthesizes one empty stack, ready for the `cdktf` command."""
    folder.mkdir()
    shutil.copy(EMPTY_PROGRAM, folder / "main.py")
    settings = {"language": "python", "app": f'"{sys.executable}" main.py', "sendCrashReports": "false"}
    (folder / "cdktf.json").write_text(json.dumps(settings))
    return folder


def have_task_folders(project: Path, count: int) -> None:
    """Add copies of the sample folders to the *project* until `tasks/` holds *count* folders."""
    samples = sorted(path.parent for path in (PROJECT / "tasks").glob("*/Dockerfile"))
    there = len(list((project / "tasks").glob("*/Dockerfile")))
    for number in range(there, count):
        sample = samples[number % len(samples)]
        shutil.copytree(sample, project / "tasks" / f"{sample.name}_{number:03}")
