"""CDKTF and CDK Terrain, its successor, run the same code."""

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest

from constructs_lib.engine.engine_choice import CDKTF, CDKTN, ENGINES, VARIABLE, Engine, chosen_engine
from tests.clone import Clone
from tests.requirements_of_machine import require
from tests.variants import VARIANTS, variant

pytestmark = pytest.mark.programs

PROJECT = Path(__file__).parents[2]


@pytest.fixture(name="cdktn", scope="module")
def _cdktn() -> Mapping[str, str]:
    """Return the environment that chooses CDK Terrain."""
    require("CDK Terrain", present=find_spec("cdktn") is not None)
    return {VARIABLE: "cdktn"}


@pytest.fixture(name="written", scope="module")
def _written(cdktn: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the JSON of all variants with CDK Terrain, and return its folder."""
    folder = tmp_path_factory.mktemp("cdktn")
    program = [sys.executable, "-m", "tests.programs.all_variants", str(folder)]
    subprocess.run(program, cwd=PROJECT, env={**os.environ, **cdktn}, check=True)
    return folder


@pytest.mark.parametrize("name", VARIANTS)
def test_json_of_both_engines_is_equal(name: str, written: Path) -> None:
    """Both engines write the same JSON."""
    assert json.loads((written / f"{name}.json").read_text()) == variant(name).document


@dataclass(frozen=True)
class Machine:
    """A clone of the project, on a machine with the packages of this one but those of some engines."""

    clone: Clone
    packages: Path

    @classmethod
    def without(cls, *engines: Engine, folder: Path) -> "Machine":
        """Make the clone, and a folder of links to the packages."""
        made = cls(Clone.make(folder / "clone"), folder / "packages")
        made.packages.mkdir()
        missing = {package for engine in engines for package in engine}
        for each in Path(sysconfig.get_path("purelib")).iterdir():
            if each.name not in missing:
                (made.packages / each.name).symlink_to(each)
        return made

    def run(self, *program: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run main.py, or *program*, which is other arguments of Python."""
        variables = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PYTHONPATH": str(self.packages)}
        return subprocess.run(
            [sys.executable, "-S", "-B", *(program or ("main.py",))],
            cwd=self.clone.folder,
            env=variables | environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.mark.usefixtures("cdktn")
def test_cdk_terrain_alone_is_enough(tmp_path: Path) -> None:
    """If only CDK Terrain is installed, it is used without the variable."""
    machine = Machine.without(CDKTF, folder=tmp_path)

    done = machine.run(TF_STATE_BUCKET="states")

    assert (done.returncode, done.stderr) == (0, "")
    stack = json.loads(machine.clone.output()["stacks/airflow-dev/cdk.tf.json"])
    assert stack["//"]["metadata"]["version"] == version("cdktn")


def test_an_engine_that_is_not_installed_is_refused(tmp_path: Path) -> None:
    """An engine that is not installed is refused with the package and extra to install."""
    done = Machine.without(CDKTN, folder=tmp_path).run(AIRFLOW_FARGATE_ENGINE="cdktn")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: the engine cdktn is not installed; run: pip install 'airflow-on-fargate[cdktn]', or unset"
        " AIRFLOW_FARGATE_ENGINE\n"
    )


def test_a_machine_without_an_engine_is_refused(tmp_path: Path) -> None:
    """A machine without an engine is refused with the package to install."""
    done = Machine.without(CDKTF, CDKTN, folder=tmp_path).run()

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: the engine cdktf is not installed; run: pip install airflow-on-fargate\n"


def test_a_check_needs_no_engine(tmp_path: Path) -> None:
    """`check` works without an engine."""
    words = ("-m", "airflow_on_fargate", "check", "plan", "--stage", "dev")

    done = Machine.without(CDKTF, CDKTN, folder=tmp_path).run(*words, TF_STATE_BUCKET="states")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_unknown_engine_is_refused(tmp_path: Path) -> None:
    """An unknown engine is refused with the known ones, and nothing is written."""
    clone = Clone.make(tmp_path / "clone")

    done = clone.run(AIRFLOW_FARGATE_ENGINE="pulumi")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: AIRFLOW_FARGATE_ENGINE in the environment must be cdktf or cdktn, got 'pulumi'\n"
    assert clone.output() == {}


@pytest.mark.usefixtures("cdktn")
@pytest.mark.parametrize("name", ENGINES)
def test_the_environment_chooses(name: str) -> None:
    """With both engines installed, the environment selects one."""
    assert chosen_engine({VARIABLE: name}) == ENGINES[name]


def test_cdktf_is_the_default() -> None:
    """CDKTF is the default engine."""
    assert chosen_engine({}) == CDKTF
