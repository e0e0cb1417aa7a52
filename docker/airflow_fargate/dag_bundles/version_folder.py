"""
The folder of a version of a bundle: `<storage>/<bundle>/versions/<version>/`, with `dags/` and `tasks/`.

It never changes. `<storage>/<bundle>/tasks.json` beside the versions has the task folders that the stage has deployed.
"""

import hashlib
from pathlib import Path

from constructs_lib.shared.dag_version import DAGS, TASKS

VERSIONS = "versions"
DEPLOYED = "tasks.json"


def version_in(dags: Path | None) -> str | None:
    """Return the version whose folder `dags` this is, or None if it is that of no version."""
    return dags.parent.name if dags and dags.name == DAGS and dags.parent.parent.name == VERSIONS else None


def deployed_file(dags: Path) -> Path:
    """Return where the table of deployed task folders is, for the folder `dags` of a version."""
    return dags.parents[2] / DEPLOYED


def hashes(dags: Path) -> dict[str, str]:
    """Return the hashes of the files of the version whose folder `dags` this is, by path: `dags/...`, `tasks/...`."""
    root = dags.parent
    return {
        file.relative_to(root).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for top in (DAGS, TASKS)
        for file in (root / top).rglob("*")
        if file.is_file() and file.parent.name != "__pycache__"
    }
