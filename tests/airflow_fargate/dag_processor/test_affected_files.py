"""Promises of which files are parsed again after a change."""

import hashlib
import importlib
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from tests.airflow_fargate.container import PROJECT

if TYPE_CHECKING:
    from types import ModuleType

FILES = {
    "dags/a.py": "import lib.names",
    "dags/b.py": "from lib import helper",
    "dags/c.py": "from lib.helper import answer",
    "dags/d.py": "x = 'dags'",
    "dags/team/e.py": "from . import own\nfrom ..lib.names import NAME",
    "dags/team/f.py": "import own",
    "dags/team/own.py": "",
    "dags/g.py": "importlib.import_module('lib.names')",
    "dags/h.py": "sql = 'queries/daily.sql'",
    "dags/i.py": "files = Path('configurations').glob('*.yaml')",
    "dags/j.py": "FargateTaskOperator(task='hello')",
    "dags/k.py": "from team.e import x",
    "dags/l.py": "sql = f'queries/{name}.sql'",
    "dags/m.py": "sqls = Path(__file__).parent.glob('*.sql')",
    "dags/broken.py": "def (",
    "dags/lib/__init__.py": "",
    "dags/lib/names.py": "NAME = 1",
    "dags/lib/helper.py": "from lib.names import NAME",
    "dags/queries/daily.sql": "SELECT 1",
    "dags/queries/weekly.sql": "SELECT 7",
    "dags/configurations/one.yaml": "a: 1",
    "dags/README": "read me",
    "tasks/hello/task.toml": "cpu = 256",
}
ROOT = {"dags/a.py", "dags/b.py", "dags/c.py", "dags/g.py", "dags/lib/helper.py", "dags/team/e.py", "dags/k.py"}


@pytest.fixture(name="module")
def _module(monkeypatch: pytest.MonkeyPatch) -> "ModuleType":
    monkeypatch.syspath_prepend(PROJECT / "docker")
    return importlib.import_module("airflow_fargate.dag_processor.affected_files")


def hashes(files: Mapping[str, str]) -> dict[str, str]:
    """Return the hashes of *files* by path."""
    return {path: hashlib.sha256(text.encode()).hexdigest() for path, text in files.items()}


def affected(module: "ModuleType", before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    """Return the paths that are parsed again when the files *before* become those *after*."""
    files = module.AffectedFiles()
    files.load(hashes(before), lambda path: before[path].encode())
    files.load(hashes(after), lambda path: after[path].encode())
    found: set[str] = files.between(hashes(before), hashes(after))
    return found


@pytest.mark.parametrize(
    ("changed", "others"),
    [
        ("dags/d.py", set()),
        ("dags/broken.py", set()),
        ("dags/lib/names.py", ROOT),
        ("dags/lib/__init__.py", ROOT),
        ("dags/lib/helper.py", {"dags/b.py", "dags/c.py"}),
        ("dags/team/own.py", {"dags/team/e.py", "dags/team/f.py", "dags/k.py"}),
        ("dags/queries/daily.sql", {"dags/h.py"}),
        ("dags/queries/weekly.sql", {"dags/l.py", "dags/m.py"}),
        ("dags/configurations/one.yaml", {"dags/i.py"}),
        ("dags/README", set()),
        ("tasks/hello/task.toml", {"dags/j.py"}),
    ],
)
def test_change_affects_what_uses_the_file(module: "ModuleType", changed: str, others: set[str]) -> None:
    """A changed file is parsed again with all that import it, directly or not, or name it, and with no others."""
    assert affected(module, FILES, {**FILES, changed: FILES[changed] + "\n"}) == {changed, *others}


def test_removed_module_affects_its_users(module: "ModuleType") -> None:
    """The users of a removed module are parsed again, because they fail now; so are those of a new one."""
    without = {path: text for path, text in FILES.items() if path != "dags/lib/helper.py"}

    assert affected(module, FILES, without) == {"dags/b.py", "dags/c.py"}
    assert affected(module, without, FILES) == {"dags/b.py", "dags/c.py", "dags/lib/helper.py"}


def test_same_files_affect_nothing(module: "ModuleType") -> None:
    """The same files again affect nothing."""
    assert affected(module, FILES, FILES) == set()


def test_thousand_files_are_fast(module: "ModuleType") -> None:
    """A change of one of 1,000 files is analysed in less than 0.3 s of CPU."""
    body = "\n".join(f"def task_{number}(x):\n    return x + {number}\n" for number in range(20))
    before = {f"dags/dag_{number}.py": f"import common\nNAME = {number}\n{body}" for number in range(1000)}
    before["dags/common.py"] = ""
    after = {**before, "dags/dag_7.py": "import common\n"}
    files = module.AffectedFiles()
    files.load(hashes(before), lambda path: before[path].encode())

    began = time.process_time()
    files.load(hashes(after), lambda path: after[path].encode())
    found = files.between(hashes(before), hashes(after))

    assert time.process_time() - began < 0.3
    assert found == {"dags/dag_7.py"}


def test_files_that_no_other_file_imports_are_found(module: "ModuleType") -> None:
    """A module that a file imports, by its name or through its package, is used; all other Python files are not."""
    files = {"dags/a.py": "import lib.helper", "dags/lib/__init__.py": "", "dags/lib/helper.py": "", "dags/b.sql": ""}
    found = module.AffectedFiles()
    found.load(hashes(files), lambda path: files[path].encode())

    assert found.unused(hashes(files)) == {"dags/a.py"}
