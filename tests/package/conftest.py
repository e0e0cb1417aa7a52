"""The wheel and its installation, made once for the tests of a worker of pytest."""

from pathlib import Path

import pytest

from tests.package.installed import Installed, build


@pytest.fixture(name="wheel", scope="session")
def _wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel."""
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(name="installed", scope="session")
def _installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Install the wheel, and create a project with it."""
    return Installed.with_project(tmp_path_factory.mktemp("installed"), wheel)
