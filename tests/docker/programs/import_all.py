"""Import every module that the project adds to the Airflow image, and what functions import later."""

import ast
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("airflow_fargate", "constructs_lib.shared")


def names(package: str) -> Iterator[str]:
    """Yield *package* and its modules."""
    yield package
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        yield module.name


def imported(source: str) -> Iterator[str]:
    """Yield the modules that an import statement anywhere in *source* names."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def main() -> None:
    """Print how many modules are imported; exit with a line for each that cannot be."""
    count, failures = 0, []
    for package in PACKAGES:
        for name in names(package):
            count += 1
            try:
                module = importlib.import_module(name)
                # A folder without an __init__.py has no file.
                for each in imported(Path(module.__file__).read_text() if module.__file__ else ""):
                    importlib.import_module(each)
            except ImportError as error:
                failures.append(f"{name}: {error}")
    if failures:
        sys.exit("\n".join(failures))
    print(f"{count} modules")  # noqa: T201 the tests read it


if __name__ == "__main__":
    main()
