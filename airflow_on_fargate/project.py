"""
The user's project, and the version of the product.

The product's own files are in its packages: `constructs_lib.push_image.product_files` says where.
"""

import sys
from pathlib import Path

from constructs_lib.push_image.product_files import PACKAGES, is_installed

DISTRIBUTION = "airflow-on-fargate"


def project_folder() -> Path:
    """Return the folder with the user's main.py, stages.py, dags/ and tasks/: the one that a command runs in."""
    return Path.cwd()


def use_project(folder: Path) -> None:
    """Let Python find stages.py, and what it imports, in *folder*; an installed program finds only its packages."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def version() -> str:
    """Return the version of the product: that of the installed package, or that of the repository."""
    # Imported here, because every command imports this module.
    if is_installed():
        from importlib.metadata import version as installed_version  # noqa: PLC0415 as above

        return installed_version(DISTRIBUTION)
    import tomllib  # noqa: PLC0415 as above

    project: str = tomllib.loads((PACKAGES / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return project
