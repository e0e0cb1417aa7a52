"""Promises of how the parts of the library know each other."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import main

LIBRARY = Path(main.__file__).parent / "constructs_lib"
STACK = LIBRARY / "airflow_stack.py"
FILES = sorted(LIBRARY.rglob("*.py"))
CONNECTING = ("allow_", "grant_")
NAMES_NO_PART = {"allow_from_network", "allow_to_anywhere"}
"""Methods of a part's own security group that name addresses, and no other part."""
KNOW_SETTINGS = {"airflow", "settings", "tasks"}
"""Folders whose modules may take the settings of a whole stage; those beside the folders are stacks."""


def connections(node: ast.AST, function: str = "") -> Iterator[str]:
    """
    Yield the calls below *node* that open a port or grant an action to another part.

    A method that is itself named so, such as `Database.allow_from`, only says how: its calls count where it is called.
    """
    if isinstance(node, ast.FunctionDef):
        function = node.name
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr.startswith(CONNECTING)
        and node.func.attr not in NAMES_NO_PART
        and not function.startswith(CONNECTING)
    ):
        yield f"line {node.lineno}: {node.func.attr}"
    for child in ast.iter_child_nodes(node):
        yield from connections(child, function)


def modules(source: str) -> set[str]:
    """Return the modules and names that *source* imports, those for types alone and those inside of functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{each.name}" for each in node.names}
    return found


@pytest.mark.parametrize("file", [each for each in FILES if each != STACK], ids=lambda file: file.stem)
def test_parts_are_connected_in_the_stack_alone(file: Path) -> None:
    """Whoever reads airflow_stack.py sees each port that one part opens to another, and each grant."""
    assert list(connections(ast.parse(file.read_text()))) == []


def test_the_stack_connects_parts() -> None:
    """The calls that the other files must not have are found where they are."""
    source = "class A:\n def __init__(self):\n  b.grant_read(self)\n def grant_read(self, x):\n  self.allow_from(x)"

    assert list(connections(ast.parse(source))) == ["line 3: grant_read"]
    assert len(list(connections(ast.parse(STACK.read_text())))) > 10


def test_the_stack_defines_parts_and_no_resources() -> None:
    """It reads as the architecture: a resource of AWS is inside of a part."""
    assert not [module for module in modules(STACK.read_text()) if module.startswith("cdktf")]


def test_only_airflow_and_its_tasks_know_the_settings() -> None:
    """Every other construct takes what it uses, so that another project can use it."""
    whole = {"constructs_lib.settings.settings.Settings", "constructs_lib.settings.Settings"}
    knowing = {file for file in FILES if modules(file.read_text()) & whole}
    folders = {file.parent.relative_to(LIBRARY).as_posix() for file in knowing if file.parent != LIBRARY}

    assert STACK in knowing
    assert folders <= KNOW_SETTINGS
