"""What every test may ask for, and the mark that a test needs to start programs."""

# ruff: noqa: E402 the bindings are made lazy before anything imports them

import gc
import os
import re
import signal
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.remote import Producer

from constructs_lib.engine.lazy_bindings import make_bindings_lazy
from tests.engine_process import cheap_engine

# moto makes some hundred machine images for each of its EC2 backends, which no test reads.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
# A shell that runs in the background lets its children ignore Ctrl-C, which tests send to programs that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

with cheap_engine():
    make_bindings_lazy()
    from cdktf import Testing

from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.iam.account import Account
from tests.every_variant import EveryVariant
from tests.schedule import Schedule, sort
from tests.template import Template
from tests.variants import VARIANTS, compose, make_project, variant

PYPROJECT = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text())
MARKS = {line.partition(":")[0] for line in PYPROJECT["tool"]["pytest"]["ini_options"]["markers"]}
"""Each says what a test needs beside Python itself; `make unit` leaves them out."""
PROGRAMS = re.compile(r"python[\d.]*|make|node")
"""What takes a tenth of a second of CPU or more to start; git and the like take a hundredth."""
_unmarked: list[str] = []
"""The test that runs, if it has no mark."""


_start_program = subprocess.Popen.__init__


def _start_or_refuse(process: subprocess.Popen[Any], command: Any, *rest: Any, **options: Any) -> None:  # noqa: ANN401 as Popen's
    words = [command] if isinstance(command, str | bytes | os.PathLike) else command
    program = Path(os.fsdecode(options.get("executable") or words[0])).name
    if _unmarked and PROGRAMS.fullmatch(program):
        pytest.fail(f"{_unmarked[0]} starts {program}: mark it with pytest.mark.programs")
    _start_program(process, command, *rest, **options)


# An audit hook would be called a million times, for each frame and each missing attribute that is looked up.
pytest.MonkeyPatch().setattr(subprocess.Popen, "__init__", _start_or_refuse)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the slowest tests run first."""
    sort(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Schedule | None:
    """Share the tests out among the workers of `--dist loadfile`."""
    return Schedule(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    """Leave the tests and all imported modules out of later garbage collections, which would look at them each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(1_000_000, 50, 1000)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Keep programs out of the tests that `make unit` runs, whose CPU has a limit."""
    if not MARKS & {mark.name for mark in item.iter_markers()}:
        _unmarked.append(item.nodeid)
    try:
        return (yield)
    finally:
        _unmarked.clear()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Call a test that asks for every variant once for each."""
    template = pyfuncitem.funcargs.get("template")
    if not isinstance(template, EveryVariant):
        return None
    template.call(pyfuncitem)
    return True


Testing.__test__ = False  # pytest takes it for a class of tests, because of its name


@pytest.fixture(name="stack")
def _stack() -> AddressedStack:
    """Make an empty stack."""
    return AddressedStack(Testing.app(), "airflow-dev")


@pytest.fixture(name="account")
def _account(stack: AddressedStack) -> Account:
    """Define the account of the empty stack."""
    return Account(stack, "Account", region="eu-central-1")


@pytest.fixture(name="template")
def _template(request: pytest.FixtureRequest) -> EveryVariant:
    """Call the test with the template of every stage and of every variant of one, each a `Template`."""
    return EveryVariant(request)


@pytest.fixture(name="compact")
def _compact() -> Template:
    """Return an unprotected stage with one service for all processes."""
    return variant("compact")


@pytest.fixture(name="twelve_tasks", scope="session")
def _twelve_tasks(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Return the compact stage with twelve folders in tasks/."""
    project = make_project(tmp_path_factory.mktemp("project"), *(f"task_{number}" for number in range(12)))
    return Template.of(compose(VARIANTS["compact"], project))


@pytest.fixture(name="split")
def _split() -> Template:
    """Return a protected stage with a service for each process."""
    return variant("split")
