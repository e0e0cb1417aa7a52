"""Promises of the Makefile that no other test keeps."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from airflow_on_fargate.advice import PROGRAM_VARIABLE
from airflow_on_fargate.advice import TARGETS as ADVISED_TARGETS
from tests.conftest import MARKS
from tests.programs import command

MAKEFILE = Path(__file__).parents[1] / "Makefile"
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
"""Without the variables of an outer make, which would name its folder."""


def set_up(folder: Path, version: tuple[int, int, int]) -> subprocess.CompletedProcess[str]:
    """Let make start to set up *folder* with a Python that pretends to have *version*."""
    written = ".".join(map(str, version))
    pretend = shlex.join(command("pretend_version", written))
    python = folder / "python"
    python.write_text(
        f"""#!/bin/sh
case "$1" in
-c) exec {pretend} "$2" ;;
*) echo "$@"; exit 1 ;;
esac
"""
    )
    python.chmod(0o755)
    return subprocess.run(
        ["make", "-f", MAKEFILE, f"PYTHON={python}", ".venv/bin/python"],  # noqa: S607 make, wherever it is
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.programs
@pytest.mark.parametrize("version", [(3, 11, 4), (3, 13, 0)])
def test_another_python_is_refused(tmp_path: Path, version: tuple[int, int, int]) -> None:
    """A Python without locked packages is refused with the allowed versions, and nothing is created."""
    made = set_up(tmp_path, version)

    assert made.returncode
    assert made.stderr.startswith("error: ")
    number = ".".join(map(str, version))
    assert (
        f" is Python {number}, but 3.11.5 or newer, or 3.12, is needed; choose another one: make PYTHON=py"
        in made.stderr
    )
    assert made.stdout == ""


@pytest.mark.programs
@pytest.mark.parametrize("version", [(3, 11, 5), (3, 12, 9)])
def test_a_python_that_is_locked_for_is_taken(tmp_path: Path, version: tuple[int, int, int]) -> None:
    """A supported Python is used for the virtual environment."""
    assert set_up(tmp_path, version).stdout == "-m venv .venv\n"


TEXT = MAKEFILE.read_text(encoding="utf-8")
[_names] = re.findall(r"^USER_VARIABLES := (.+)$", TEXT, re.MULTILINE)
USER_VARIABLES = _names.split()
TARGETS = [target for target in re.findall(r"^([a-z-]+):.*## ", TEXT, re.MULTILINE) if target != "clean"]
"""All that `make help` shows but what removes the fakes."""
SWITCHES = sorted(set(re.findall(r"\(filter 1,\$\(([A-Z_]+)\)\)", TEXT)))
HOSTILE = (
    "$(shell touch made)",
    "$$(touch made)",
    "$(touch made)",
    "${shell touch made}",
    "`touch made`",
    '"; touch made; "',
    "'; touch made; '",
    '\\"; touch made; #',
    "x\ntouch made\n",
    "x; touch made",
    "--app=touch made",
    "*",
)
FAKE = r"""#!/bin/sh
printf '%s\0' "$@" >> LOG
"""
"""Notes its arguments."""


@dataclass(frozen=True)
class Fakes:
    """A folder with the Makefile, where all that recipes run is a fake."""

    folder: Path

    @classmethod
    def write(cls, folder: Path) -> "Fakes":
        """Write the fakes, and what says that packages are installed."""
        shutil.copy(MAKEFILE, folder)
        commands = (".venv/bin/python", ".make/pipenv/bin/pipenv")
        tools = [f".venv/bin/{name}" for name in ("ruff", "mypy", "shellcheck", "hadolint", "npm")]
        locks = ("Pipfile.lock", "package-lock.json")
        installed = re.findall(r"^[A-Z]*_?PACKAGES := (\S+)$", TEXT, re.MULTILINE)
        for path in (*locks, *commands, *tools, *installed, "docker/requirements.txt"):
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(FAKE.replace("LOG", str(folder / "log")))
            file.chmod(0o755)
        for path in locks:
            os.utime(folder / path, (0, 0))
        return cls(folder)

    def make(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run make."""
        return subprocess.run(
            ["make", *arguments],  # noqa: S607 as above
            cwd=self.folder,
            env=ENVIRONMENT | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def make_all(self, *arguments: str, **environment: str) -> None:
        """Make every target, even if others fail."""
        self.make("--keep-going", *TARGETS, *arguments, **environment)

    def words(self) -> Iterator[str]:
        """Yield every argument that a fake has had."""
        log = self.folder / "log"
        yield from log.read_text().split("\0") if log.exists() else ()


@pytest.fixture(name="fakes")
def _fakes(tmp_path: Path) -> Fakes:
    """Make the fakes."""
    return Fakes.write(tmp_path)


def whole(value: str, words: Sequence[str]) -> bool:
    """Return whether *value* is unchanged in each word that has it: the whole word, or the end of one."""
    options = re.compile(r"--[a-z-]+=" + re.escape(value))
    return all(word == value or options.fullmatch(word) for word in words if value in word)


@pytest.mark.programs
@pytest.mark.parametrize("value", HOSTILE)
def test_what_the_user_writes_is_never_run(value: str, fakes: Fakes) -> None:
    """Neither make nor a shell evaluates a user's variable."""
    written = dict.fromkeys(USER_VARIABLES, value)
    # What refuses a switch that is not 1 must not hide what comes after it.
    for values in (written, written | dict.fromkeys(SWITCHES, "1")):
        fakes.make_all(*(f"{name}={each}" for name, each in values.items()))
        if "$" in value:
            fakes.make_all(**values)

    assert not (fakes.folder / "made").exists()
    assert whole(value, list(fakes.words()))


@pytest.mark.programs
@pytest.mark.parametrize("variable", USER_VARIABLES)
def test_each_variable_arrives_as_it_was_written(variable: str, fakes: Fakes) -> None:
    """Each variable reaches a program unchanged, or as a switch if it is 1."""
    value = "$(x) `y` \"z'"
    fakes.make_all("STAGE=dev", "NAME=x", "DAG=x", f"{variable}={value}")
    whole_value = any(word == value or word.endswith(f"={value}") for word in fakes.words())

    (fakes.folder / "log").unlink()
    fakes.make_all("STAGE=dev", "NAME=x", "DAG=x", f"{variable}=1")
    switches = {f"--{switch.lower().replace('_', '-')}" for switch in SWITCHES} & set(fakes.words())

    assert whole_value != bool(switches)


RECIPES = re.findall(r"^([a-z-]+):.*\n((?:\t.*\n)+)", TEXT, re.MULTILINE)
SWITCHED = [(target, switch) for target, recipe in RECIPES for switch in SWITCHES if f"filter 1,$({switch})" in recipe]
"""The targets that have a switch, each with one."""


@pytest.mark.programs
@pytest.mark.parametrize("value", ["yes", "0", "true"])
@pytest.mark.parametrize(("target", "switch"), SWITCHED)
def test_a_switch_is_1_or_left_out(target: str, switch: str, value: str, fakes: Fakes) -> None:
    """A switch with a value other than 1 is refused before any program runs."""
    made = fakes.make(target, "STAGE=dev", f"{switch}={value}")

    assert made.stderr.startswith(f"error: {switch} must be 1 or left out, for example: make {target} {switch}=1\n")
    assert made.returncode
    assert list(fakes.words()) == []


@pytest.mark.programs
def test_a_stage_is_asked_for_before_anything_runs(fakes: Fakes) -> None:
    """A missing STAGE is refused with the target before any program runs."""
    made = fakes.make("deploy")

    assert "error: STAGE is missing, for example: make deploy STAGE=dev" in made.stderr
    assert list(fakes.words()) == []


def test_every_target_that_make_help_lists_is_phony() -> None:
    """Every target of `make help` is phony."""
    phony = " ".join(re.findall(r"^\.PHONY: (.+)$", TEXT, re.MULTILINE)).split()

    assert [target for target in TARGETS if target not in phony] == []


def test_make_unit_leaves_out_every_mark() -> None:
    """`make unit` excludes every mark of pyproject.toml."""
    [left_out] = re.findall(r'-m "not \((.+)\)"', TEXT)

    assert set(left_out.split(" or ")) == MARKS


def test_messages_advise_targets() -> None:
    """The Makefile sets the variable that makes the commands advise targets, and each advised target exists."""
    assert re.search(rf"^COMMAND = {PROGRAM_VARIABLE}=make ", TEXT, re.MULTILINE)
    assert set(ADVISED_TARGETS.values()) <= set(TARGETS)
