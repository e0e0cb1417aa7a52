"""Promises of the Airflow image with a team's own packages and plugins."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docker.airflow_image import PROJECT, airflow_image, docker

pytestmark = pytest.mark.docker
ROOT_FILES = ("constructs_lib", "plugins", "dags", "tasks", "docker", ".dockerignore")
PLUGIN = """\
import toolz
from airflow.plugins_manager import AirflowPlugin


class Mine(AirflowPlugin):
    name = f"mine with toolz {toolz.__version__}"
"""


@pytest.fixture(name="context")
def _context(tmp_path: Path) -> Path:
    """Copy what the image is built from, and lay beside it what it must not hold."""
    context = tmp_path / "project"
    for name in ROOT_FILES:
        if (PROJECT / name).is_dir():
            shutil.copytree(PROJECT / name, context / name)
        elif (PROJECT / name).exists():
            shutil.copy(PROJECT / name, context / name)
    (context / ".env").write_text("PASSWORD=secret\n")
    (context / "tasks/number_task/.env").write_text("PASSWORD=secret\n")
    return context


def test_packages_and_plugins_of_ones_own_are_in_the_image(context: Path) -> None:
    """A requirements.txt and a folder plugins/ are all it takes, though only their owner may read them."""
    (context / "requirements.txt").write_text("toolz==1.0.0\n")
    (context / "plugins").mkdir(exist_ok=True)
    (context / "plugins/mine.py").write_text(PLUGIN)
    for path in (context / "requirements.txt", context / "plugins/mine.py"):
        path.chmod(0o600)
    (context / "plugins").chmod(0o700)

    with airflow_image(context, "own") as image:
        plugins = docker("run", "--rm", "--network=none", image, "airflow", "plugins", "--output=plain")
        files = docker("run", "--rm", "--network=none", image, "find", "/opt/airflow", "-name", ".env")

    assert "mine with toolz 1.0.0" in plugins
    assert files == ""


def test_packages_of_ones_own_do_not_change_those_of_airflow(context: Path) -> None:
    """What asks for another version than Airflow has is refused, with pip's own words."""
    (context / "requirements.txt").write_text("celery==5.7.0\n")

    with pytest.raises(subprocess.CalledProcessError) as refused, airflow_image(context, "refused"):
        pass

    assert "celery==5.7.0" in refused.value.output
    assert "The user requested (constraint) celery==5.6.3" in refused.value.output
