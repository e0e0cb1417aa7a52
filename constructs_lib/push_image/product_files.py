"""
The files of the Airflow image that are the product's own, which every project uses.

In the repository they are at the paths that the build context has. In a wheel they are inside the packages. This module
imports only the standard library, because the build of the wheel (`hatch_build.py`) reads `PLACES`.
"""

from pathlib import Path

PACKAGES = Path(__file__).parents[2]
"""The folder with `constructs_lib` and `airflow_on_fargate`: the repository, or `site-packages`."""
IMAGE = "airflow_on_fargate/image"
PLACES = {
    ".dockerignore": f"{IMAGE}/.dockerignore",
    "constructs_lib/shared": "constructs_lib/shared",
    "docker/Dockerfile": f"{IMAGE}/docker/Dockerfile",
    "docker/airflow_fargate": "airflow_fargate",
    "docker/airflow_fargate-1.dist-info": f"{IMAGE}/docker/airflow_fargate-1.dist-info",
    "docker/requirements.txt": f"{IMAGE}/docker/requirements.txt",
}
"""Files and folders: path in the build context, and in the wheel."""
LIBRARY = ("constructs_lib/shared", "docker/airflow_fargate", "docker/airflow_fargate-1.dist-info")
"""What the image has in `/opt/airflow/lib`, as in the Dockerfile."""


def is_installed() -> bool:
    """Return whether the product runs from a wheel and not from its repository."""
    return (PACKAGES / IMAGE).is_dir()


def product_file(path: str) -> Path:
    """Return where the file or folder *path* of the build context is on this machine."""
    return PACKAGES / (PLACES[path] if is_installed() else path)


def link_library(folder: Path) -> None:
    """Make *folder* the image's `/opt/airflow/lib`, by links to the product's files."""
    for path in LIBRARY:
        link, target = folder / path.removeprefix("docker/"), product_file(path)
        link.parent.mkdir(parents=True, exist_ok=True)
        if not (link.is_symlink() and link.readlink() == target):
            link.unlink(missing_ok=True)
            link.symlink_to(target)
    # As in the image, the rest of constructs_lib cannot be imported, wherever it is installed.
    (folder / "constructs_lib/__init__.py").touch()
