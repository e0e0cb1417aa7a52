"""Find where the project uses a private name of a dependency, or puts something in the place of one."""

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from tests.python_source import nodes_of

PROJECT = Path(__file__).parents[1]
MADE_TO_BE_SET = {"os.environ", "sys.argv", "sys.path"}
"""What the standard library documents as a place to write to."""
NOT_PRIVATE = {"_", "_replace", "_asdict", "_fields"}
"""The methods of named tuples are documented; their underscore keeps them apart from fields."""
EXTENSION_POINTS = {
    "airflow.dag_processing.bundles.base.BaseDagBundle",
    "airflow.providers.amazon.aws.operators.ecs.EcsRunTaskOperator",
    "airflow.providers.amazon.aws.triggers.ecs.TaskDoneTrigger",
    "airflow.providers.common.io.xcom.backend.XComObjectStorageBackend",
    "airflow.sdk.BaseOperator",
    "airflow.sdk.execution_time.coordinator.BaseCoordinator",
    "airflow.triggers.base.BaseTrigger",
    "celery.bootsteps.StartStopStep",
}
"""
Classes whose public methods are documented as ones to override.

Airflow: "Public Interface for Airflow 3.0+" (operators, triggers, XCom backends), "Dag Bundles" and "Non-Python Task
SDKs" (coordinators); Celery: "Extensions and Bootsteps".
"""


READ = (
    *(ast.AnnAssign, ast.Assign, ast.AsyncFunctionDef, ast.Attribute, ast.AugAssign, ast.ClassDef, ast.For),
    *(ast.FunctionDef, ast.Import, ast.ImportFrom, ast.arg),
)
"""The nodes that are read: a third of all."""


@dataclass(frozen=True, order=True)
class Use:
    """A private name in *file*; *name* is its whole path, or what is known of it."""

    file: str
    name: str
    is_whole: bool

    def is_of(self, name: str) -> bool:
        """Whether the whole path *name* is that of this use."""
        return self.name == name if self.is_whole else self.name.rpartition(".")[2] == name.rpartition(".")[2]


@dataclass(frozen=True, kw_only=True)
class Source:
    """A Python file of the project, with the nodes in `READ`."""

    file: str
    own_packages: frozenset[str]
    nodes: tuple[ast.AST, ...] = field(repr=False)

    @cached_property
    def module(self) -> str:
        """The name by which others import it."""
        return self.file.removeprefix("docker/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def imports(self) -> Mapping[str, str]:
        """The whole path of each imported name, or of a name that is assigned an import."""
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for each in node.names:
                    first = each.name.partition(".")[0]
                    found[each.asname or first] = each.name if each.asname else first
            elif isinstance(node, ast.ImportFrom):
                found |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
        return found

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """The whole path of each variable that holds something of a dependency: assigned, or looped over."""
        found: dict[str, str] = {}
        for node in self.nodes:
            values: list[ast.expr] = []
            if isinstance(node, ast.Assign):
                target, values = node.targets[0], [node.value]
            elif isinstance(node, ast.AnnAssign) and node.value:
                target, values = node.target, [node.value]
            elif isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple | ast.List):
                target, values = node.target, node.iter.elts
            for value in values:
                path = _imported_module(value) or self.path(value, self.imports)
                if isinstance(target, ast.Name) and path and self.is_of_dependency(path):
                    found.setdefault(target.id, path)
        return found

    @cached_property
    def instances(self) -> Mapping[str, str]:
        """The path of the class of each parameter whose annotation is a class of a dependency."""
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.arg) and node.annotation:
                annotation = node.annotation
                if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
                    annotation = ast.parse(annotation.value, mode="eval").body
                path = self.path(annotation, self.imports)
                if path and self.is_of_dependency(path):
                    found[node.arg] = path
        return found

    @cached_property
    def functions(self) -> frozenset[str]:
        """The names of all functions that are defined in it."""
        return frozenset(node.name for node in self.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    def path(self, node: ast.AST, names: Mapping[str, str]) -> str | None:
        """Return the whole path of an expression such as `module.Class.name`, whose first name is one of *names*."""
        if isinstance(node, ast.Name):
            return names.get(node.id)
        if isinstance(node, ast.Attribute) and (before := self.path(node.value, names)):
            return f"{before}.{node.attr}"
        return None

    def is_of_dependency(self, path: str) -> bool:
        """Whether *path* is neither the project's nor the standard library's."""
        first = path.partition(".")[0]
        return first not in self.own_packages and first not in sys.stdlib_module_names


def sources() -> list[Source]:
    """Return the Python files of the project."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],  # noqa: S607 of the PATH
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    files = [file for file in listed if (PROJECT / file).is_file()]
    own = frozenset(Path(file.removeprefix("docker/")).parts[0].removesuffix(".py") for file in files)
    return [
        Source(
            file=file,
            own_packages=own,
            nodes=tuple(each for each in nodes_of(PROJECT / file) if isinstance(each, READ)),
        )
        for file in files
    ]


@cache
def private_uses() -> set[Use]:
    """Return every use of a private or replaced name of a dependency."""
    found = sources()
    classes = {f"{each.module}.{node.name}": (each, node) for each in found for node in _classes(each.nodes)}
    own_names = {name for each in found for name in _own_private_names(each.nodes)}
    uses: set[Use] = set()
    for source in found:
        uses |= {Use(source.file, name, is_whole) for name, is_whole in _uses(source, classes, own_names)}
    return uses


Classes = Mapping[str, tuple[Source, ast.ClassDef]]


def _uses(source: Source, classes: Classes, own_names: set[str]) -> Iterator[tuple[str, bool]]:
    """Yield each name, and whether it is the whole path."""
    for path in source.imports.values():
        if source.is_of_dependency(path) and any(map(_is_private, path.split("."))):
            yield path, True
    known = {**source.imports, **source.aliases}
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and _is_private(node.attr):
            yield from _read(source, node, known, own_names)
        for target, value in _assigned(node):
            yield from _replaced(source, target, value, known)
    for node in _classes(source.nodes):
        base = _upstream_base(f"{source.module}.{node.name}", classes)
        if base:
            yield from ((f"{base}.{name}", True) for name in _private_of_base(node, base, own_names))


def _read(
    source: Source, node: ast.Attribute, known: Mapping[str, str], own_names: set[str]
) -> Iterator[tuple[str, bool]]:
    """Yield a private attribute of a dependency; of an unknown object its name alone, if it is not the project's."""
    used = source.path(node, known)
    if used and source.is_of_dependency(used):
        yield used, True
    elif not used and not _is_self(node.value) and node.attr not in own_names:
        yield node.attr, False


def _replaced(
    source: Source, target: ast.expr, value: ast.expr | None, known: Mapping[str, str]
) -> Iterator[tuple[str, bool]]:
    """Yield the name of a dependency or of the standard library to which *value* is assigned."""
    if isinstance(target, ast.Subscript) and source.path(target.value, known) == "sys.modules":
        yield "sys.modules", True
    if not isinstance(target, ast.Attribute) or target.attr.startswith("__"):
        return
    path = source.path(target, known)
    first = (path or "").partition(".")[0]
    if path and first not in source.own_packages and path not in MADE_TO_BE_SET:
        yield path, True
    elif not path and (path := source.path(target, source.instances)):
        # The data of an object is made to be set, but not its methods, nor what other objects it has hold.
        is_data = isinstance(target.value, ast.Name) and not (
            isinstance(value, ast.Name) and value.id in source.functions
        )
        if not is_data:
            yield path, False


def _private_of_base(node: ast.ClassDef, base: str, own_names: set[str]) -> Iterator[str]:
    """Yield what a class overrides, or uses, of its *base*, a dependency's: methods that are not made for that."""
    for method in node.body:
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and _is_override(method):
            internal = base not in EXTENSION_POINTS and not method.name.startswith("__")
            if internal or _is_private(method.name):
                yield method.name
    for each in ast.walk(node):
        if (
            isinstance(each, ast.Attribute)
            and _is_private(each.attr)
            and _is_self(each.value)
            and each.attr not in own_names
        ):
            yield each.attr


def _upstream_base(name: str, classes: Classes) -> str | None:
    """Return the nearest class of a dependency that the project's class *name* is made of."""
    source, node = classes[name]
    for base in node.bases:
        path = source.path(base, source.imports) or f"{source.module}.{ast.unparse(base)}"
        if source.is_of_dependency(path):
            return path
        if path in classes and path != name and (found := _upstream_base(path, classes)):
            return found
    return None


def _own_private_names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the private names that a file defines itself, and not in the place of a dependency's."""
    for node in nodes:
        if (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and _is_private(node.name)
            and not _is_override(node)
        ):
            yield node.name
        for target, _ in _assigned(node):
            if isinstance(target, ast.Name) or (isinstance(target, ast.Attribute) and _is_self(target.value)):
                name = target.id if isinstance(target, ast.Name) else target.attr
                if _is_private(name):
                    yield name


def _assigned(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """Yield each target that a statement assigns to, with the value."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from ((each, node.value) for each in (target.elts if isinstance(target, ast.Tuple) else [target]))
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        yield node.target, node.value


def _imported_module(node: ast.expr) -> str | None:
    """Return which module `import_module("…")` imports."""
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module") and node.args:
        name = node.args[0]
        return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else None
    return None


def _classes(nodes: Iterable[ast.AST]) -> Iterator[ast.ClassDef]:
    yield from (node for node in nodes if isinstance(node, ast.ClassDef))


def _is_override(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    return any(ast.unparse(each) == "override" for each in node.decorator_list)


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in NOT_PRIVATE


def _is_self(node: ast.expr) -> bool:
    is_super = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
    return is_super or (isinstance(node, ast.Name) and node.id in ("self", "cls"))
