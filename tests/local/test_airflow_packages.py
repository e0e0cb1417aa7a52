import os
import subprocess
from pathlib import Path

import pytest

from airflow_on_fargate.local.airflow_packages import install_packages, packages_folder
from airflow_on_fargate.local.state import State
from constructs_lib.shared.bad_input import BadInputError
from tests.docker.wheel import write_wheel
from tests.programs import command

pytestmark = pytest.mark.local


@pytest.fixture(name="state")
def _state(tmp_path: Path) -> State:
    """Return an empty state folder."""
    state = State(tmp_path / "state")
    state.make()
    return state


def imported(state: State, program: str, *arguments: str) -> str:
    """Return what a program prints in a process of Airflow's."""
    environment = {**os.environ, "PYTHONPATH": str(packages_folder(state))}
    run = subprocess.run(command(program, *arguments), env=environment, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def test_packages_are_there_beside_airflow(state: State, tmp_path: Path) -> None:
    """Packages are installed once for each requirements.txt in addition to Airflow's, and unused ones disappear."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("toolz==1.0.0\ncelery>=5\n")

    assert install_packages(state, tmp_path)
    assert not install_packages(state, tmp_path)

    toolz, celery, file = imported(state, "packages").split()
    assert (toolz, celery) == ("1.0.0", "5.6.3")
    assert not file.startswith(str(state.folder))

    requirements.write_text("# nothing any more\n")
    install_packages(state, tmp_path)
    assert imported(state, "find_modules", "toolz") == "False"


def test_what_would_change_airflows_packages_is_refused(state: State, tmp_path: Path) -> None:
    """A package that would change Airflow's packages is refused with pip's message, at each start."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("celery==5.7.0\n")

    for _ in range(2):
        with pytest.raises(BadInputError, match=r"^requirements.txt cannot be installed with Airflow: .*celery==5.7.0"):
            install_packages(state, tmp_path)


def test_a_package_without_a_wheel_is_refused_as_such(state: State, tmp_path: Path) -> None:
    """A package without a wheel is named as such, also a dependency."""
    for asked, named in (
        ("pyspark==3.5.5", "pyspark==3.5.5"),
        ("apache-airflow-providers-mysql>=6.4", "mysqlclient>="),
    ):
        (tmp_path / "requirements.txt").write_text(f"{asked}\n")

        with pytest.raises(BadInputError, match=rf"^requirements.txt: no wheel of {named}.* only wheels are installed"):
            install_packages(state, tmp_path)


def test_what_the_image_could_not_install_is_refused(state: State, tmp_path: Path) -> None:
    """A line that the image could not install is refused here too."""
    (tmp_path / "requirements.txt").write_text("./package\n")

    with pytest.raises(BadInputError, match=r"^requirements.txt: './package' does not work in the image: "):
        install_packages(state, tmp_path)


def test_wheels_of_ones_own_are_installed(state: State, tmp_path: Path) -> None:
    """Wheels in `wheels/` are installed, and installed again when one changes."""
    (tmp_path / "requirements.txt").write_text("own-package\n")
    write_wheel(tmp_path / "wheels", version="1.0")
    assert install_packages(state, tmp_path)
    assert not install_packages(state, tmp_path)

    write_wheel(tmp_path / "wheels", version="2.0")

    assert install_packages(state, tmp_path)
    assert imported(state, "own_package_version") == "2.0"


def test_without_a_file_nothing_is_made(state: State, tmp_path: Path) -> None:
    """Without requirements.txt, or with one of comments, no virtual environment is created."""
    assert not install_packages(state, tmp_path)
    (tmp_path / "requirements.txt").write_text("# pandas==2.3.3\n\n")
    assert not install_packages(state, tmp_path)
    assert not state.airflow_packages.exists()
