"""Promises of what `constructs_lib` itself offers to users."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import constructs_lib
from tests.programs import code

PROJECT = Path(__file__).parents[1]


def test_a_public_name_is_imported_when_it_is_used() -> None:
    """Each public name is that of its module."""
    found = {name: getattr(constructs_lib, name) for name in constructs_lib.__all__}

    for name, each in found.items():
        assert getattr(importlib.import_module(each.__module__), name) is each, name


def test_settings_are_those_of_stages() -> None:
    """`constructs_lib` has all names that stages.py can import from `constructs_lib.settings`."""
    assert set(constructs_lib.settings.__all__) <= set(constructs_lib.__all__)


def test_a_name_that_does_not_exist_is_refused() -> None:
    """A name that does not exist is refused."""
    with pytest.raises(ImportError, match="cannot import name 'Networt' from 'constructs_lib'"):
        exec("from constructs_lib import Networt", {})  # noqa: S102 the kind of import that users write


def test_a_star_import_has_the_public_names() -> None:
    """A star import has exactly the public names."""
    names: dict[str, object] = {}
    exec("from constructs_lib import *", names)  # noqa: S102 the kind of import that users write

    assert names.keys() - {"__builtins__"} == set(constructs_lib.__all__)


def loaded(statement: str) -> set[str]:
    """Return the modules that a new process has loaded after *statement*."""
    program = [sys.executable, "-c", code("loaded_modules"), statement]
    # Coverage would load modules of its own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    run = subprocess.run(program, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.programs
@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import constructs_lib.shared", {"ast", "cdktf", "pydantic"}),
        ("from constructs_lib import Settings", {"cdktf", "constructs_lib.airflow_stack"}),
        ("from constructs_lib import make_bindings_lazy", {"cdktf", "pydantic"}),
    ],
)
def test_nothing_else_is_loaded(statement: str, absent: set[str]) -> None:
    """Importing a public name loads no other part of the library."""
    assert not loaded(statement) & absent
