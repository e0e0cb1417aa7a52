"""
Which files of a bundle have to be parsed again after some of its files changed.

These are the changed files, and all Python files that import one of them, directly or through others, or name one that
is not Python (SQL, YAML, a task folder) in a string. No file is run to find them, so a name that code puts together is
missed. Such a file stays at the version before, as a whole, until its regular parse.
"""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import PurePosixPath

from constructs_lib.shared.dag_version import DAGS, TASKS

PYTHON = ".py"
INIT = "__init__"

Files = Mapping[str, str]
"""The hashes of the files of a version, by their path."""


@dataclass(frozen=True)
class Source:
    """What a Python file says: the modules that it may import, each with its level, and its strings."""

    imports: frozenset[tuple[int, str]]
    strings: frozenset[str]

    @classmethod
    def of(cls, content: bytes) -> "Source":
        """Return what the file with *content* says; one that is not Python says nothing."""
        imports: set[tuple[int, str]] = set()
        strings: set[str] = set()
        try:
            tree = ast.parse(content)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return cls(frozenset(), frozenset())
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                imports.update((0, each.name) for each in node.names)
            elif isinstance(node, ast.ImportFrom):
                module = [node.module] if node.module else []
                imports.update((node.level, ".".join([*module, each.name])) for each in node.names)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                strings.add(node.value)
        return cls(frozenset(imports), frozenset(strings))


class AffectedFiles:
    """The Python files of the versions of a bundle, each read once."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}

    def load(self, files: Files, read: Callable[[str], bytes]) -> None:
        """Read the Python files of a version that are not known, with *read*, and forget the others."""
        python = {sha256: path for path, sha256 in files.items() if path.endswith(PYTHON)}
        known = self._sources
        self._sources = {
            sha256: known[sha256] if sha256 in known else Source.of(read(path)) for sha256, path in python.items()
        }

    def between(self, before: Files, after: Files) -> set[str]:
        """Return the files of *after*, which is loaded, that differ from *before* or depend on one that does."""
        changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
        return self.affected_by(changed, after, {*before, *after})

    def affected_by(self, changed: AbstractSet[str], files: Files, paths: Iterable[str]) -> set[str]:
        """Return the changed files of the loaded *files*, and those that depend on a *changed* one; *paths* are all."""
        python = {path: self._sources[sha256] for path, sha256 in files.items() if path.endswith(PYTHON)}
        users = _users(python, paths)
        found = set(changed)
        for path in changed:
            if not path.endswith(PYTHON):
                found |= _naming(path, python)
        waiting = list(found)
        while waiting:
            new = users[waiting.pop()] - found
            found |= new
            waiting += new
        return found & files.keys()

    def unused(self, files: Files) -> set[str]:
        """Return the Python files of the loaded *files* that no other one imports."""
        python = {path: self._sources[sha256] for path, sha256 in files.items() if path.endswith(PYTHON)}
        users = _users(python, files)
        return {path for path in python if not users[path]}


def _users(python: Mapping[str, Source], paths: Iterable[str]) -> Mapping[str, set[str]]:
    """Return, for each of *paths*, the *python* files that import it."""
    modules = {_module(path): path for path in paths if path.endswith(PYTHON)}
    users: dict[str, set[str]] = defaultdict(set)
    for path, source in python.items():
        package = PurePosixPath(path).parts[1:-1]
        for name in _names(source, package, modules):
            parts = name.split(".")
            # The import of a.b.c runs a and a.b, too.
            for length in range(1, len(parts) + 1):
                module = modules.get(".".join(parts[:length]))
                if module and module != path:
                    users[module].add(path)
    return users


def _names(source: Source, package: tuple[str, ...], modules: Mapping[str, str]) -> Iterator[str]:
    for level, name in source.imports:
        if level == 0:
            yield name
        # Of a file that adds its own folder to sys.path; or it is relative.
        yield ".".join((*package[: len(package) - max(level - 1, 0)], name))
    # importlib.import_module("a.b") and other names of modules
    yield from source.strings & modules.keys()


def _module(path: str) -> str:
    parts = PurePosixPath(path).with_suffix("").parts[1:]
    return ".".join(parts[:-1] if parts[-1] == INIT else parts)


def _naming(path: str, python: Mapping[str, Source]) -> set[str]:
    """Return the files with a string that names the file *path*, or else one that looks for files like it."""
    name = PurePosixPath(path)
    if name.parts[0] == TASKS:
        return {each for each, source in python.items() if name.parts[1] in source.strings}
    named = {each for each, source in python.items() if any(name.name in text for text in source.strings)}
    return named or {
        each
        for each, source in python.items()
        if any(_looks_for(text, suffix=name.suffix, folder=name.parent.name) for text in source.strings)
    }


def _looks_for(text: str, *, suffix: str, folder: str) -> bool:
    """Return whether *text* is part of a name or a pattern that ends with *suffix*, or the path of *folder*."""
    if suffix and (text.startswith(suffix) or text.endswith(f"*{suffix}")):
        return True
    return folder != DAGS and text.rstrip("/").rpartition("/")[2] == folder
