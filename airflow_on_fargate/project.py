"""The folder of the user's project."""

import sys
from pathlib import Path

STACKS = Path("cdktf.out/stacks")
"""Where the JSON of each stage is, in the folder of the project."""


def project_folder() -> Path:
    """Return the folder with the user's main.py, stages.py, dags/ and tasks/: the one that a command runs in."""
    return Path.cwd()


def use_project(folder: Path) -> None:
    """Let Python find stages.py, and what it imports, in *folder*; an installed program finds only its packages."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
