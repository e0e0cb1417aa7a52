"""Promises of the program that runs the user's main.py."""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import main as repository
import stages as stages_file
from airflow_on_fargate import main_file, program
from airflow_on_fargate.__main__ import start
from airflow_on_fargate.main_file import FILE
from constructs_lib.settings.settings import Settings
from constructs_lib.shared.bad_input import BadInputError
from tests.clone import PROJECT
from tests.programs import FOLDER


@pytest.fixture(name="project")
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run in a folder of its own, with this repository's packages."""
    # By this name coverage knows a copy of main.py.
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    monkeypatch.setattr(stages_file, "STAGES", (Settings(stage="dev", state_bucket="states"),))
    return folder


def _end(project: Path, text: str) -> object:
    """Run a main.py with this *text*, and return what the program ends with."""
    (project / FILE).write_text(text)
    with pytest.raises(SystemExit) as ended:
        main_file.main()
    return ended.value.code


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "def compose():\n    raise RuntimeError('two\\nlines')\n\ncompose()\n",
            "main.py, line 2, raises RuntimeError: two lines; python main.py shows its traceback",
        ),
        ("raise ValueError\n", "main.py, line 1, raises ValueError: no message; python main.py shows its traceback"),
        ("\nx = (\n", "main.py, line 2, is not valid Python: '(' was never closed"),
        (
            "import team_of_a_test",
            "parts/../team_of_a_test.py, line 1, raises ZeroDivisionError: division by zero; python main.py shows",
        ),
        ("import no_such_module_of_a_test", "main.py, line 1, raises ModuleNotFoundError: No module named 'no_such"),
        ("open('absent')", "absent cannot be used: No such file or directory"),
    ],
)
def test_an_error_in_main_py_is_one_sentence(text: str, sentence: str, project: Path) -> None:
    """The sentence has the user's file with its line, and the message of the exception."""
    (project / "team_of_a_test.py").write_text("1 / 0\n")

    assert str(_end(project, text)).startswith(f"error: {sentence.removeprefix('parts/../')}")


def test_an_error_of_a_users_construct_is_one_sentence(project: Path) -> None:
    """It names the user's line, and is not taken for a fault of the output."""
    shutil.copy(FOLDER / "own_stack_raises.py", project / FILE)

    sentence = "error: main.py, line 12, raises RuntimeError: no orders today; python main.py shows its traceback"
    assert _end(project, (project / FILE).read_text()) == sentence
    assert not (project / "cdktf.out").exists()
    with pytest.raises(RuntimeError, match=r"^no orders today$"):
        runpy.run_path(str(project / FILE), run_name="__main__")


def test_a_fault_of_this_package_has_its_traceback(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception below `run` that is no mistake of the user is not made a sentence."""
    shutil.copy(repository.__file__, project / FILE)
    monkeypatch.setattr(program, "load_stages", lambda _: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        main_file.main()


def test_main_py_ends_as_it_wants(project: Path) -> None:
    """Its own exit code is kept, and its arguments are none."""
    assert _end(project, "raise SystemExit(7)") == 7
    assert _end(project, "raise SystemExit(__import__('sys').argv)") == [FILE]


def test_ctrl_c_is_no_fault(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It ends the program as shells report it, also while main.py imports."""
    assert _end(project, "raise KeyboardInterrupt") == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_folder_without_main_py_is_refused(project: Path) -> None:
    """The sentence names the file, and what to do in a folder that is no project."""
    with pytest.raises(BadInputError, match=r"^this folder has no main\.py and stages\.py; .* airflow-fargate init"):
        main_file.command(project)
    (project / "stages.py").touch()
    with pytest.raises(BadInputError, match=r"^main\.py is missing beside stages\.py"):
        main_file.command(project)


def test_the_json_of_an_earlier_run_is_not_used(project: Path) -> None:
    """A main.py that writes no JSON is refused, also if there is JSON of an earlier run."""
    with pytest.raises(BadInputError, match=r"^main\.py has written nothing to cdktf\.out; it must call run\(\)"):
        _leave(project / "cdktf.out")
    (project / "cdktf.out").mkdir()
    (project / "cdktf.out" / main_file.MANIFEST).touch()
    with pytest.raises(BadInputError, match=r"^main\.py has written nothing"):
        _leave(Path("cdktf.out"))
    with main_file.must_write(Path("cdktf.out")):
        os.utime(project / "cdktf.out" / main_file.MANIFEST, (1, 1))


def _leave(output: Path) -> None:
    with main_file.must_write(Path(output.name)):
        assert output.name


@pytest.mark.programs
def test_ctrl_c_while_a_command_starts_is_no_fault(tmp_path: Path) -> None:
    """A command that is interrupted while Python imports its packages ends without a traceback."""
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt\n")

    done = subprocess.run(
        [sys.executable, "-m", "airflow_on_fargate", "synth"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


def test_ctrl_c_before_a_command_runs_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The script of an installed package ends as shells report it."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("airflow_on_fargate.cli.main.main", interrupt)

    with pytest.raises(SystemExit) as ended:
        start()

    assert ended.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"
