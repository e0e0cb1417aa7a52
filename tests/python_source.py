"""The Python of the project, parsed and walked once for all tests that read it."""

import ast
from functools import cache
from pathlib import Path


@cache
def parsed(file: Path) -> ast.Module:
    """Return the tree of *file*."""
    return ast.parse(file.read_text())


@cache
def nodes_of(file: Path) -> tuple[ast.AST, ...]:
    """Return every node of the tree of *file*."""
    return tuple(ast.walk(parsed(file)))
