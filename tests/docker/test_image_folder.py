"""Promises of the modules that the Airflow image takes of the project, without Docker."""

import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.clone import PROJECT
from tests.docker.image_folder import ImageFolder
from tests.docker.programs import import_all


@pytest.fixture(name="image_folder", scope="module")
def _image_folder(tmp_path_factory: pytest.TempPathFactory) -> ImageFolder:
    """Copy what the image takes of the project."""
    return ImageFolder(PROJECT, tmp_path_factory.mktemp("image"))


@pytest.mark.programs
def test_every_module_imports_with_the_files_of_the_image_alone(image_folder: ImageFolder, tmp_path: Path) -> None:
    """Every module can be imported with only the files of the image."""
    environment = {
        "AIRFLOW_HOME": str(image_folder.home),
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(image_folder.python_path),
        "PYTHONSAFEPATH": "1",
    }

    run = subprocess.run(
        [sys.executable, "-P", "-s", str(import_all.__file__)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    modules = list(image_folder.python_path.rglob("*.py"))
    assert run.stdout.splitlines()[-1] == f"{len(modules)} modules"


def test_every_package_that_they_import_is_locked_for_the_image(image_folder: ImageFolder) -> None:
    """Every module imports only packages that docker/requirements.txt locks."""
    names = re.findall(r"^([\w.-]+)", (PROJECT / "docker/requirements.txt").read_text(), re.MULTILINE)
    locked = {_normal(name) for name in names}
    distributions = packages_distributions()
    own = {each.name for each in image_folder.python_path.iterdir()} | sys.stdlib_module_names
    found = {
        (file.name, module)
        for file in image_folder.python_path.rglob("*.py")
        for module in (name.partition(".")[0] for name in import_all.imported(file.read_text()))
        if module not in own and not locked & {_normal(each) for each in distributions.get(module, ())}
    }

    assert found == set()


def _normal(name: str) -> str:
    """Return the *name* of a distribution as pip compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
