"""Promises of the checks before a push, by Airflow itself."""

import importlib.util
import io
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from airflow_on_fargate.dags import checks as checks_module
from airflow_on_fargate.dags.checks import Checks
from airflow_on_fargate.dags.dag_environment import dag_environment, without_airflow
from airflow_on_fargate.dags.local_files import local_files
from constructs_lib.airflow.environment import environment
from constructs_lib.settings.process_settings import ProcessSettings
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.worker_pool import WorkerPool
from constructs_lib.shared.bad_input import BadInputError
from tests.airflow.test_environment import STAGE
from tests.requirements_of_machine import require

SETTINGS = Settings(
    stage="dev",
    worker_pools={"default": WorkerPool(), "big": WorkerPool()},
    environment={"MINE": "1", "OWN": "stage"},
    secrets={"TOKEN": "token"},
    airflow_config={"core": {"dagbag_import_timeout": 7}},
    processes={"dag-processor": ProcessSettings(environment={"OWN": "process"})},
)
RIGHT = """\
import os
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow_fargate import FargateTaskOperator
from shared_by_all import word
import helper

assert os.environ["MINE"] and os.environ["OWN"] == "process"
with DAG(f"right_{helper.NAME}"):
    EmptyOperator(task_id="a", queue="big", executor="CeleryExecutor")
    FargateTaskOperator(task_id="b", task="hello")
"""
SIDE = "import sys\nfrom pathlib import Path\nsys.path.insert(0, str(Path(__file__).parent))\n"
FILES = {
    "dags/shared_by_all.py": "word = 'x'\n",
    "dags/one/helper.py": "NAME = 'one'\n",
    "dags/one/right.py": SIDE + RIGHT,
    # Another module with the same name.
    "dags/two/helper.py": "NAME = 'two'\n",
    "dags/two/right.py": SIDE + RIGHT,
    "dags/.airflowignore": "ignored.py\n",
    "dags/ignored.py": "from airflow.sdk import DAG\nraise ValueError\n",
    "tasks/hello/Dockerfile": "FROM scratch\n",
    "tasks/new/Dockerfile": "FROM scratch\n",
}
WRONG = {
    "dags/broken.py": "from airflow.sdk import DAG\nimport nothing_here\n",
    "dags/caller.py": "from airflow.sdk import DAG\nimport broken_module\n",
    "dags/broken_module.py": "x = 1\ny = x / 0\n",
    "dags/dies.py": "import os\nfrom airflow.sdk import DAG\nprint('hello')\nos._exit(3)\n",
    "dags/last.py": "from airflow.sdk import DAG\nDAG('last')\nx = DAG('other')\n",
    "dags/missing.py": "from airflow.sdk import DAG\nfrom airflow_fargate import FargateTaskOperator\n"
    "with DAG('missing'):\n    FargateTaskOperator(task_id='a', task='helo')\n",
    "dags/new.py": "from airflow.sdk import DAG\nfrom airflow_fargate import FargateTaskOperator\n"
    "with DAG('later'):\n    FargateTaskOperator(task_id='a', task='new')\n",
    "dags/odd.py": "from airflow.sdk import DAG\nfrom airflow.timetables.trigger import CronTriggerTimetable\n"
    "class Mine(CronTriggerTimetable):\n    pass\nx = DAG('odd', schedule=Mine('@daily', timezone='UTC'))\n",
    "dags/queue.py": RIGHT.replace('"big"', '"bgi"').replace("import helper", "class helper: NAME = 'q'"),
    "dags/syntax.py": "from airflow.sdk import DAG\nwith DAG('x'\n  pass\n",
    "dags/two/same.py": "from airflow.sdk import DAG\nx = DAG(\n    'right_one'\n)\n",
    "dags/used.py": "from airflow.sdk import DAG\nx = DAG('used_elsewhere')\n",
}

MAPPED = {
    "dags/mapped.py": """\
from airflow.sdk import DAG, task
from airflow_fargate import FargateTaskOperator

with DAG("mapped"):
    @task
    def rows(x=1):
        return [{"task": "four"}]

    rows.override(task_id="more").expand(x=[1, 2])
    FargateTaskOperator.partial(task_id="a", task="one").expand(command=[["x"]])
    FargateTaskOperator.partial(task_id="b").expand(task=["two", "hello"])
    FargateTaskOperator.partial(task_id="c").expand_kwargs([{"task": "three"}, rows()])
    FargateTaskOperator.partial(task_id="d", task="hello").expand_kwargs(rows())
""",
    **{f"tasks/{name}/Dockerfile": "FROM scratch\n" for name in ("one", "two", "three", "four")},
}
FACTORY = {"dags/factory.py": "from airflow.sdk import DAG\ndef make(name):\n    return DAG(name)\n"}
UNUSED = {
    **FACTORY,
    "dags/from_factory.py": "import factory\nx = factory.make('made')\n",
    "dags/from_yaml.py": "import dagfactory\n",
    "dags/used_by_all.py": "NAME = 'dag'\n",
    "dags/user.py": "from airflow.sdk import DAG\nimport used_by_all\n",
    "dags/script.py": "print(1)\n",
    "dags/notes.txt": "dag",
    "dags/ignored.py": "import dagfactory\n",
}
ABOUT: dict[str, list[str]] = {"affected": [], "unused": []}
NO_FOLDER = "ValueError: task='helo' is not a folder of tasks/; did you mean 'hello'?"
NO_QUEUE = "task 'a' of DAG 'right_q' has queue='bgi', which no worker serves; the queues are big, default"


def project(folder: Path, files: dict[str, str]) -> Path:
    """Write *files*."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def checks(folder: Path) -> Checks:
    """Return the checks of a project, one of whose task folders is deployed."""
    return Checks(
        settings=SETTINGS,
        bundle="dags",
        project=folder,
        folder=folder,
        tasks=folder / "tasks",
        deployed={"hello"},
        others={"used_elsewhere": "team_b"},
    )


def version_checks(folder: Path, **changes: list[str]) -> Checks:
    """Return the checks of a project whose files differ by *changes* from the current version."""
    files = {path: file.sha256 for path, file in local_files(folder, tasks=folder / "tasks").items()}
    return replace(checks(folder), files=files, changes=changes)


@pytest.fixture(autouse=True)
def _measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let coverage measure the processes that the program forks."""
    if "COVERAGE_PROCESS_CONFIG" in os.environ:
        root = Path(__file__).parents[3]
        monkeypatch.delenv("COVERAGE_PROCESS_CONFIG")
        monkeypatch.setenv("COVERAGE_PROCESS_START", str(root / "tests/airflow_fargate/coverage.toml"))
        monkeypatch.setenv("COVERAGE_ROOT", str(root))


@pytest.mark.airflow
class TestOfAirflow:
    """The DAG files are parsed as the dag-processor parses them."""

    @pytest.fixture(autouse=True)
    def _airflow(self) -> None:
        require("Airflow", present=importlib.util.find_spec("airflow") is not None)

    def test_right_dags_are_found(self, tmp_path: Path) -> None:
        """Each file has its own modules, the variables of the dag-processor, its queues and task folders."""
        found = checks(project(tmp_path, FILES)).run(Console(file=io.StringIO()))

        assert found.dags == {"dags/one/right.py": ["right_one"], "dags/two/right.py": ["right_two"]}
        assert not (tmp_path / ".local").exists()

    def test_each_fault_is_one_sentence(self, tmp_path: Path) -> None:
        """Each fault of a DAG file is one sentence with file and line, and the last sentence has their number."""
        output = io.StringIO()

        with pytest.raises(BadInputError) as error:
            checks(project(tmp_path, FILES | WRONG)).run(Console(file=output))

        found = [line.removeprefix("error: ").removeprefix("dags/") for line in output.getvalue().splitlines()]
        assert found == [
            "broken.py, line 2, cannot be imported: ModuleNotFoundError: No module named 'nothing_here'",
            "caller.py, line 2, cannot be imported: dags/broken_module.py, line 2: ZeroDivisionError: division by zero",
            "dies.py cannot be imported: its process ended with exit code 3 meanwhile",
            f"missing.py, line 4, cannot be imported: {NO_FOLDER}",
            "new.py, line 4, starts tasks/new, which is not deployed; run airflow-fargate deploy --stage dev first",
            "odd.py cannot be imported: " + found[5].partition("imported: ")[2],
            f"queue.py, line 10, cannot be imported: {NO_QUEUE}",
            "syntax.py, line 2, cannot be imported: SyntaxError: '(' was never closed",
            "two/same.py, line 3, has the DAG id 'right_one', and so has dags/one/right.py; rename one",
            "used.py, line 2, has the DAG id 'used_elsewhere', and so has the bundle team_b; rename one",
        ]
        assert str(error.value) == "nothing was pushed, because the DAGs have these 10 errors"

    def test_the_folders_of_mapped_tasks_must_be_deployed(self, tmp_path: Path) -> None:
        """A mapped task must name a deployed folder too, as far as its folder is known before a run."""
        output = io.StringIO()

        with pytest.raises(BadInputError):
            checks(project(tmp_path, FILES | MAPPED)).run(Console(file=output))

        run = "which is not deployed; run airflow-fargate deploy --stage dev first"
        assert output.getvalue().splitlines() == [
            f"error: dags/mapped.py, line {line}, starts tasks/{name}, {run}"
            for line, name in ((10, "one"), (12, "three"), (11, "two"))
        ]

    def test_what_a_changed_file_affects_is_found(self, tmp_path: Path) -> None:
        """The dag-processor parses a changed file and all that import it; what was removed is no file any more."""
        found = version_checks(
            project(tmp_path, FILES), changed=["dags/shared_by_all.py"], removed=["dags/gone.py"]
        ).run(Console(file=io.StringIO()))

        assert found.affected == {"dags/shared_by_all.py", "dags/one/right.py", "dags/two/right.py"}

    def test_a_file_that_nothing_parses_is_a_warning(self, tmp_path: Path) -> None:
        """A file that makes DAGs without the words that Airflow looks for is named; modules and other files are not."""
        output = io.StringIO()
        folder = project(tmp_path, FILES | UNUSED)

        version_checks(folder).run(Console(file=output))

        assert output.getvalue().splitlines() == [
            f"warning: dags/{name} is not parsed: it lacks one of the words airflow and dag, and no file imports it;"
            " if it has DAGs, add the comment: # airflow dag"
            for name in ("from_factory.py", "from_yaml.py")
        ]

    def test_the_settings_of_the_stage_choose_the_files(self, tmp_path: Path) -> None:
        """A stage whose dag-processor parses every file has every file checked."""
        every = SETTINGS.model_copy(update={"airflow_config": {"core": {"dag_discovery_safe_mode": False}}})
        folder = project(tmp_path, FILES | {"dags/from_factory.py": UNUSED["dags/from_factory.py"]} | FACTORY)
        output = io.StringIO()

        found = replace(version_checks(folder), settings=every).run(Console(file=output))

        assert found.dags["dags/from_factory.py"] == ["made"]
        assert not output.getvalue()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, "b"),
        ({"changed": ["dags/a.py"]}, "a"),
        ({"added": ["dags/a.py"], "changed": ["dags/b.py"]}, "a"),
        ({"added": ["dags/a.py", "dags/b.py"]}, "b"),
    ],
)
def test_the_newer_of_two_files_with_a_dag_is_at_fault(
    changes: dict[str, list[str]], fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two files with the same DAG id the sentence begins with the new or changed one, and has both lines."""
    folder = project(tmp_path, {"dags/a.py": "'same'", "dags/b.py": "\n'same'"})
    found = [{"file": f"{name}.py", "dags": {"same": []}, "errors": []} for name in "ab"]
    monkeypatch.setattr(Checks, "_parse", lambda *_: (found, ABOUT))

    with pytest.raises(BadInputError) as error:
        replace(checks(folder), changes=changes).run(Console(file=io.StringIO()))

    lines = {"a": "dags/a.py, line 1", "b": "dags/b.py, line 2"}
    other = lines["ab".replace(fault, "")]
    assert str(error.value) == f"{lines[fault]}, has the DAG id 'same', and so has {other}; rename one"


def test_a_folder_without_dags_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A push that would remove all DAGs is one sentence."""
    monkeypatch.setattr(Checks, "_parse", lambda *_: ([{"file": "a.py", "dags": {}, "errors": []}], ABOUT))

    with pytest.raises(BadInputError, match=r"/dags has no DAG: a push would remove all DAGs of the bundle$"):
        checks(tmp_path).run(Console(file=io.StringIO()))


def test_a_single_fault_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of a file that is gone by now has no line."""
    found = [{"file": "a.py", "dags": {"used_elsewhere": []}, "errors": []}]
    monkeypatch.setattr(Checks, "_parse", lambda *_: (found, ABOUT))

    with pytest.raises(BadInputError, match=r"^dags/a.py has the DAG id 'used_elsewhere', .*; rename one$"):
        checks(tmp_path).run(Console(file=io.StringIO()))


def test_a_machine_without_airflow_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence has the command that installs it."""
    monkeypatch.setattr(checks_module, "find_spec", lambda _: None)

    with pytest.raises(BadInputError) as error:
        checks(tmp_path).run(Console())

    assert str(error.value) == (
        f"the DAGs cannot be checked: airflow is not installed in {sys.prefix}; run: pip install"
        " 'airflow-on-fargate[local]'"
    )


@pytest.mark.programs
@pytest.mark.parametrize(("text", "reason"), [("import sys; sys.exit('bad')", "bad"), ("exit(3)", "no reason")])
def test_an_airflow_that_does_not_start_is_one_sentence(
    text: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence has the last line of what Airflow has printed."""
    program = tmp_path / "program.py"
    program.write_text(text)
    monkeypatch.setattr(checks_module, "PROGRAM", program)
    monkeypatch.setattr(checks_module, "find_spec", lambda _: True)

    with pytest.raises(BadInputError, match=rf"^the DAGs cannot be checked: Airflow ended with .* [13]: {reason}$"):
        checks(project(tmp_path / "project", FILES)).run(Console(file=io.StringIO()))


def test_the_environment_is_that_of_the_dag_processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has each variable of the stack that DAG files need, the user's, and secrets that this shell has."""
    monkeypatch.setenv("TOKEN", "secret")
    found = dag_environment(SETTINGS, project=tmp_path, tasks=tmp_path / "tasks", home=tmp_path / "home")
    needed = {name for name in environment("dag-processor", STAGE) if name.startswith("AIRFLOW_FARGATE_")}

    assert needed <= found.keys()
    assert (found["MINE"], found["OWN"], found["TOKEN"]) == ("1", "process", "secret")
    assert found["AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT"] == "7"
    assert found["AIRFLOW_FARGATE_QUEUES"] == "big,default"
    monkeypatch.delenv("TOKEN")
    again = dag_environment(SETTINGS, project=tmp_path, tasks=tmp_path / "tasks", home=tmp_path / "home")
    assert "TOKEN" not in again


def test_another_airflow_and_another_account_are_left_out() -> None:
    """Variables of the shell that choose another Airflow or account are left out; values for DAGs stay."""
    shell = {"AIRFLOW_HOME": "x", "AIRFLOW__CORE__EXECUTOR": "x", "AWS_PROFILE": "x", "AIRFLOW_VAR_A": "1", "B": "2"}

    assert without_airflow(shell) == {"AIRFLOW_VAR_A": "1", "B": "2"}
