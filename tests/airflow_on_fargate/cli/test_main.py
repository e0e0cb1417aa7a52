"""Promises of the program `airflow-fargate` itself: help, errors, exit codes, completion, and what it costs."""

import os
import resource
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from airflow_on_fargate.cli import project_files
from airflow_on_fargate.cli.main import app
from airflow_on_fargate.cli.options import PROGRAM
from tests.clone import PROJECT
from tests.command import Ended, command, refused
from tests.programs import command as running

MAX_HELP_SEC = 0.4
MAX_SYNTH = 1.2
"""How many times the CPU time of `python main.py` the command `synth` may take."""
HEAVY = {"boto3", "botocore", "cdktf", "jsii", "pydantic", "rich"}
"""Packages that take longer to import than a help may take, or are not needed to parse a command line."""


def commands(group: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 private in Typer
    """Yield each command with the words that name it."""
    for name, each in group.commands.items():
        words = f"{path} {name}".strip()
        yield words, each
        if isinstance(each, TyperGroup):
            yield from commands(each, words)


COMMANDS = dict(commands(get_command(app)))
VISIBLE = [words for words, each in COMMANDS.items() if not each.hidden]


@pytest.mark.parametrize("words", VISIBLE)
def test_each_help_has_an_example(words: str) -> None:
    """Each command has a help, and an example that its own parser accepts."""
    ended = command(*words.split(), "--help")

    assert (ended.code, ended.errors) == (0, "")
    assert COMMANDS[words].help
    # Typer cuts a sentence that is too long for the list of commands.
    assert not [line for line in ended.output.splitlines() if line.endswith("...") and "  " in line.strip()]
    example = COMMANDS[words].epilog.removeprefix("Example: ")
    assert f"Example: {example}" in " ".join(ended.output.split())
    program, *rest = shlex.split(example)
    path = words.split()
    assert [program, *rest[: len(path)]] == [PROGRAM, *path]
    COMMANDS[words].make_context(words, rest[len(path) :])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["deplyo"], "error: No such command 'deplyo'"),
        (["plan"], "error: Missing option '--stage'; run: airflow-fargate plan --help"),
        (["plan", "--stage"], "error: Option '--stage' requires an argument; run: airflow-fargate plan --help"),
        (
            ["images", "list", "--stage"],
            "error: Option '--stage' requires an argument; run: airflow-fargate images list",
        ),
        (["plan", "--stag", "dev"], "error: No such option: --stag"),
        (
            ["simulate", "--min", "few"],
            "error: Invalid value for '--min': must be a whole number, at most 9 digits, got 'few'; run: ",
        ),
        *(
            (
                ["local", "up", f"--port={port}"],
                f"error: Invalid value for '--port': must be a whole number from 1 to 65535, got {port!r}; run: ",
            )
            for port in ("web", "0", "65536", "-1", "80.5", "٣", "9" * 50)
        ),
        (["synth", "\x1b[2J"], "error: Got unexpected extra argument"),
    ],
)
def test_a_wrong_command_line_is_one_sentence(words: list[str], sentence: str) -> None:
    """A wrong command line is one printable sentence with the command that helps, and exit code 2."""
    ended = command(*words)

    assert (ended.code, ended.output) == (2, "")
    [line] = ended.errors.splitlines()
    assert line.startswith(sentence)
    assert line.isprintable()
    assert "; run: airflow-fargate" in line
    assert line.endswith(" --help")


@pytest.mark.parametrize("words", [[], ["local"], ["images"]])
def test_a_group_without_a_command_shows_its_help(words: list[str]) -> None:
    """The commands of the group are listed, and the exit code is 2."""
    ended = command(*words)

    assert ended.code == 2
    assert ended.errors.startswith(f"Usage: {' '.join([PROGRAM, *words])} ")


def test_the_version_is_that_of_the_project() -> None:
    """`--version` prints the version of pyproject.toml."""
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]

    assert command("--version") == Ended(0, f"{version}\n", "")


def test_a_fault_of_the_program_has_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that is no mistake of the user is not made a sentence."""
    monkeypatch.setattr(project_files, "project_folder", lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        command("new-task", "letters")


def test_a_closed_question_ends_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """If standard input ends where a command asks, the exit code is 1, and there is no traceback."""

    def ask() -> None:
        raise EOFError

    monkeypatch.setattr(project_files, "project_folder", ask)

    assert command("new-task", "letters").code == 1


def test_a_project_is_created(tmp_path: Path) -> None:
    """`init` prints what to do next, and refuses a folder that is not empty."""
    ended = command("init", str(tmp_path / "new"))

    assert (ended.code, ended.errors) == (0, "")
    assert ended.output.startswith(f"Created {tmp_path}/new. Next:\n")
    assert (tmp_path / "new/main.py").is_file()
    assert refused("init", str(tmp_path)).startswith(f"error: {tmp_path} is not empty, it has new; ")


def completed(*words: str) -> list[str]:
    """Return what bash is offered for the last of *words*."""
    done = subprocess.run(
        [sys.executable, "-m", "airflow_on_fargate"],
        cwd=PROJECT,
        env=os.environ
        | {
            "_AIRFLOW_FARGATE_COMPLETE": "complete_bash",
            "COMP_WORDS": shlex.join([PROGRAM, *words]),
            "COMP_CWORD": str(len(words)),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.programs
def test_a_shell_completes_commands_and_stages() -> None:
    """Commands are completed, and the stages of stages.py."""
    assert completed("boot") == ["bootstrap"]
    assert completed("plan", "--stage", "pr") == ["prod"]


def test_a_stages_file_with_a_mistake_completes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in stages.py is no text in the middle of a command line."""
    [stage] = [each for each in COMMANDS["plan"].params if each.name == "stage"]
    monkeypatch.setitem(sys.modules, "stages", None)

    assert stage.shell_complete(None, "") == []


def cpu_sec(*words: str, folder: Path) -> float:
    """Return the CPU time of a run of Python, and of the programs that it has started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.programs
def test_help_is_quick(tmp_path: Path) -> None:
    """`--help` takes at most 0.4 s of a processor, and imports nothing that it does not need."""
    listed = subprocess.run(
        running("modules_of_help"),
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert set(listed.stdout.split()) & HEAVY == set()
    assert min(cpu_sec("-m", "airflow_on_fargate", "--help", folder=tmp_path) for _ in range(3)) < MAX_HELP_SEC


@pytest.mark.programs
def test_synth_costs_little_more_than_main_py(tmp_path: Path) -> None:
    """`synth` takes at most 1.2 times the CPU time of `python main.py`: it adds less than a fifth."""
    (tmp_path / "cdktf.out").mkdir()
    (tmp_path / "main.py").write_text("open('cdktf.out/manifest.json', 'w').close()\n")
    added = min(cpu_sec("-m", "airflow_on_fargate", "synth", folder=tmp_path) for _ in range(3))
    own = cpu_sec("main.py", folder=PROJECT)

    assert own + added < MAX_SYNTH * own
