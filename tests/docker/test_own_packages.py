"""Promises of the Airflow image with a team's own packages and plugins."""

import subprocess
from pathlib import Path

import pytest

from tests.docker.airflow_image import airflow_image, copy_project, docker
from tests.docker.wheel import write_wheel

pytestmark = pytest.mark.docker
PLUGIN = Path(__file__).with_name("programs") / "own_plugin.py"


@pytest.fixture(name="context")
def _context(tmp_path: Path) -> Path:
    """Copy the files of the image, and add files that it must not contain."""
    context = copy_project(tmp_path / "project")
    (context / ".env").write_text("PASSWORD=secret\n")
    (context / "tasks/number_task/.env").write_text("PASSWORD=secret\n")
    return context


def test_packages_and_plugins_of_ones_own_are_in_the_image(context: Path) -> None:
    """The image has the packages and plugins of the project, also if only their owner can read the files."""
    (context / "requirements.txt").write_text("toolz==1.0.0\nown-package==1.0\n")
    write_wheel(context / "wheels", version="1.0")
    (context / "plugins").mkdir(exist_ok=True)
    (context / "plugins/mine.py").write_text(PLUGIN.read_text())
    for path in (context / "requirements.txt", context / "plugins/mine.py", *(context / "wheels").iterdir()):
        path.chmod(0o600)
    for folder in ("plugins", "wheels"):
        (context / folder).chmod(0o700)

    unwanted = ("/opt", "/tmp", "-name", ".env", "-o", "-name", "*.whl")  # noqa: S108 the container's, only listed
    with airflow_image(context, "own") as image:
        plugins = docker("run", "--rm", "--network=none", image, "airflow", "plugins", "--output=plain")
        files = docker("run", "--rm", "--network=none", image, "find", *unwanted)

    assert "mine with toolz 1.0.0 and own 1.0" in plugins
    assert files == ""


def test_packages_of_ones_own_do_not_change_those_of_airflow(context: Path) -> None:
    """A package that needs another version of one of Airflow's is refused with pip's message."""
    (context / "requirements.txt").write_text("celery==5.7.0\n")

    with pytest.raises(subprocess.CalledProcessError) as refused, airflow_image(context, "refused"):
        pass

    assert "celery==5.7.0" in refused.value.output
    assert "The user requested (constraint) celery==5.6.3" in refused.value.output


def test_a_package_without_a_wheel_is_refused_as_such(context: Path) -> None:
    """A package without a wheel is refused with the page that explains how to build one."""
    (context / "requirements.txt").write_text("pyspark==3.5.5\n")

    with pytest.raises(subprocess.CalledProcessError) as refused, airflow_image(context, "refused"):
        pass

    assert "No matching distribution found for pyspark==3.5.5" in refused.value.output
    assert "ERROR: only wheels are installed; docs/packages.md says how to make one" in refused.value.output
