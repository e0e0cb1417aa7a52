"""A copy of the project to change and to run, as another team's clone is."""

import compileall
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[1]
PARTS = (
    ".dockerignore",
    "airflow_on_fargate",
    "cdktf.json",
    "constructs_lib",
    "dags",
    "docker",
    "main.py",
    "pyproject.toml",
    "stages.py",
    "tasks",
)
UNSET = ("CDKTF_CONTEXT_JSON", "CDKTF_OUTDIR", "NODE_OPTIONS", "TF_STATE_BUCKET")
"""What this process may have set for itself, and a fresh shell has not."""


def write_stages(folder: Path, *settings: str, lines: str = "") -> None:
    """Write stages.py in *folder* with stages of these arguments."""
    stages = "".join(f"    Settings({each}),\n" for each in settings)
    # Python compares the age of compiled files in seconds.
    for compiled in folder.glob("__pycache__/stages.*"):
        compiled.unlink()
    folder.joinpath("stages.py").write_text(
        "# The stages of a test.\nfrom constructs_lib.settings import Settings, TaskSize\n"
        f"{lines}\nSTAGES = (\n{stages})\n"
    )


@dataclass(frozen=True)
class Clone:
    """A copy of the project in a folder of its own."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, *, compiled: bool = True) -> "Clone":
        """Copy the files that composing reads, with today as their date; programs that run there want it *compiled*."""
        folder.mkdir(parents=True)
        for part in PARTS:
            source = PROJECT / part
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, folder / part, ignore=ignored, copy_function=shutil.copy)
            else:
                shutil.copy(source, folder / part)
        for code in ("airflow_on_fargate", "constructs_lib") if compiled else ():
            compileall.compile_dir(folder / code, quiet=1)
        return cls(folder)

    def write(self, path: str, text: str) -> None:
        """Write a file, and the folders on its way."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def write_stages(self, *settings: str, lines: str = "") -> None:
        """Write stages.py with stages of these arguments."""
        write_stages(self.folder, *settings, lines=lines)

    def run(self, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `python main.py`, with *environment* on top of what is set."""
        return self._python("main.py", **environment)

    def command(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `airflow-fargate` with *words*, as `run` does it."""
        return self._python("-m", "airflow_on_fargate", *words, **environment)

    def _python(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        users = {key: value for key, value in os.environ.items() if key not in UNSET}
        return subprocess.run(
            [sys.executable, "-B", *arguments],
            cwd=self.folder,
            env=users | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def output(self) -> Mapping[str, bytes]:
        """Return the content of every file in cdktf.out by its path."""
        made = self.folder / "cdktf.out"
        return {str(file.relative_to(made)): file.read_bytes() for file in sorted(made.rglob("*")) if file.is_file()}
