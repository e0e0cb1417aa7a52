"""Promises of how the parts of the library know each other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import main
from constructs_lib.settings import Settings
from tests.python_source import nodes_of, parsed

LIBRARY = Path(main.__file__).parent / "constructs_lib"
STACK = LIBRARY / "airflow_stack.py"
FILES = sorted(LIBRARY.rglob("*.py"))
CONNECTING = ("allow_", "grant_")
NAMES_NO_PART = {"allow_from_network", "allow_to_anywhere"}
"""Methods of a part's own security group that name addresses, and no other part."""
OWN_ROLES = {
    "airflow/airflow_service.py": "the permissions that the user adds to a process",
    "ecs/fargate_service.py": "ECS Exec, which is a setting of the service itself",
    "ecs/task_definition.py": "logs and secrets, which the execution role needs for the containers of its definition",
    "tasks/dag_tasks.py": "the permissions in a task.toml",
}
"""Files that add actions to a role that they define, outside of a `grant_*`."""
SHORT_ARNS = {"administrator_arns", "kms_key_arn"}
"""The settings `queue_administrator_arns` and `state_kms_key_arn`, as a queue and a bucket name them."""
UNITS = r"(.+_)?(sec|min|days|gib|mib|percent|cpu|length|count|instances|zones|version)"
"""How the name of a number ends: with its unit, or with what it counts."""
KNOW_SETTINGS = {"airflow", "settings", "tasks"}
"""Folders whose modules may use the settings of a whole stage; modules outside the folders are stacks."""


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


def additions(node: ast.AST, function: str = "") -> Iterator[str]:
    """Yield the calls below *node* that add actions to a role, except in methods whose name starts with `grant`."""
    if isinstance(node, ast.FunctionDef):
        function = node.name
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("add", "allow")
        and ast.unparse(node.func.value).rpartition(".")[2].endswith("role")
        and not function.lstrip("_").startswith("grant")
    ):
        yield f"line {node.lineno}: {ast.unparse(node.func)}"
    for child in ast.iter_child_nodes(node):
        yield from additions(child, function)


def constructors(source: str) -> Iterator[tuple[str, ast.arguments]]:
    """Yield the arguments of the constructors of a file's constructs and stacks, by class."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, ast.FunctionDef) and each.name == "__init__" and "scope" in ast.unparse(each.args):
                    yield node.name, each.args


CONSTRUCTORS = {
    f"{file.stem}.{name}": arguments for file in FILES for name, arguments in constructors(file.read_text())
}


def modules(source: str) -> set[str]:
    """Return the modules and names that *source* imports, those for types alone and those inside of functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{each.name}" for each in node.names}
    return found


def test_parts_are_connected_in_the_stack_alone() -> None:
    """Only airflow_stack.py calls `allow_*` and `grant_*` between parts."""
    assert [f"{file}, {each}" for file in FILES if file != STACK for each in connections(parsed(file))] == []


def test_the_stack_connects_parts() -> None:
    """The test finds the calls in airflow_stack.py that other files must not have."""
    source = "class A:\n def __init__(self):\n  b.grant_read(self)\n def grant_read(self, x):\n  self.allow_from(x)"

    assert list(connections(ast.parse(source))) == ["line 3: grant_read"]
    assert len(list(connections(parsed(STACK)))) > 10


def test_the_stack_defines_parts_and_no_resources() -> None:
    """airflow_stack.py defines parts and no resource."""
    assert not [module for module in modules(STACK.read_text()) if module.startswith("cdktf")]


def test_only_airflow_and_its_tasks_know_the_settings() -> None:
    """Only the allowed folders import `Settings`."""
    whole = {"constructs_lib.settings.settings.Settings", "constructs_lib.settings.Settings"}
    knowing = {file for file in FILES if modules(file.read_text()) & whole}
    folders = {file.parent.relative_to(LIBRARY).as_posix() for file in knowing if file.parent != LIBRARY}

    assert STACK in knowing
    assert folders <= KNOW_SETTINGS


def test_a_role_gets_actions_by_a_grant_or_from_its_owner() -> None:
    """No construct adds an action to another construct's role, except in a `grant_*` method."""
    found = {str(file.relative_to(LIBRARY)) for file in FILES if list(additions(parsed(file)))}
    grant = "def grant_read(self, x):\n  x.role.allow([])\ndef f(x):\n  x.role.allow([])\n  self._role.add(y)"

    assert found == OWN_ROLES.keys()
    assert list(additions(ast.parse(grant))) == ["line 4: x.role.allow", "line 5: self._role.add"]


def test_a_construct_takes_scope_id_and_keywords() -> None:
    """A construct has the arguments scope and id, and keywords only after them."""
    assert len(CONSTRUCTORS) > 20
    for name, arguments in CONSTRUCTORS.items():
        assert [each.arg for each in (*arguments.posonlyargs, *arguments.args)] == ["self", "scope", "id_"], name
        assert not arguments.defaults, name
        assert not arguments.vararg, name
        assert not arguments.kwarg, name


def test_a_construct_takes_constructs_and_no_arns() -> None:
    """A construct has no ARN argument, except for resources outside the stack."""
    arns = {
        f"{name}: {each.arg}"
        for name, arguments in CONSTRUCTORS.items()
        for each in arguments.kwonlyargs
        if each.arg.endswith(("_arn", "_arns")) and each.arg not in Settings.model_fields.keys() | SHORT_ARNS
    }

    assert arns == set()


def test_the_name_of_a_number_has_its_unit() -> None:
    """The name of each numeric argument of a construct contains its unit."""
    numbers = {
        f"{name}: {each.arg}"
        for name, arguments in CONSTRUCTORS.items()
        for each in arguments.kwonlyargs
        if each.annotation
        and {"int", "float"} & set(re.findall(r"\w+", ast.unparse(each.annotation)))
        and not re.fullmatch(UNITS, each.arg)
    }

    assert numbers == set()


def test_all_options_of_airflow_are_in_one_file() -> None:
    """Variables of Airflow's configuration are only in `environment.py`, and secret ones once more."""
    found = {
        str(file.relative_to(LIBRARY))
        for file in FILES
        for node in nodes_of(file)
        if isinstance(node, ast.Constant) and re.match(r"AIRFLOW__[A-Z]", str(node.value))
    }

    assert found == {"airflow/environment.py", "shared/containers.py"}
