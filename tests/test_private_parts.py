"""Promises of docs/private-parts.md: it lists every private name of a dependency that is used, and none has changed."""

import ast
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.airflow_fargate.container import last_json, run, task_starter
from tests.private_uses import PROJECT, Use, private_uses
from tests.python_source import nodes_of

PAGE = PROJECT / "docs" / "private-parts.md"
SOURCES = PROJECT / "tests" / "upstream_sources.txt"
NO_ISSUE = "none found"
CHANGED = "a dependency has changed: read its source, mend our code, then write the file anew with UPDATE_GOLDEN=1"


@dataclass(frozen=True)
class Row:
    """A row of the page: names of one module of a dependency in one of our files."""

    names: tuple[str, ...]
    file: str
    why: str
    issue: str
    tests: tuple[str, ...]


def _rows() -> list[Row]:
    rows = []
    module = ""
    for line in PAGE.read_text().splitlines():
        if heading := re.match(r"### `(.+)`", line):
            module = heading[1]
        elif line.startswith("| `"):
            names, file, why, issue, tests = (cell.strip() for cell in line.strip("|").split(" | "))
            rows.append(
                Row(
                    names=tuple(f"{module}.{name}" for name in re.findall(r"`([^`]+)`", names)),
                    file=re.findall(r"`([^`]+)`", file)[0],
                    why=why,
                    issue=issue,
                    tests=tuple(re.findall(r"`([^`]+)`", tests)),
                )
            )
    return rows


ROWS = _rows()


def _listed() -> Iterator[tuple[str, str]]:
    for row in ROWS:
        yield from ((row.file, name) for name in row.names)


def _is_listed(use: Use) -> bool:
    return any(use.file == file and use.is_of(name) for file, name in _listed())


def test_every_private_name_that_is_used_is_listed() -> None:
    """Every private name in use is in docs/private-parts.md."""
    assert sorted(f"{use.file}: {use.name}" for use in private_uses() if not _is_listed(use)) == []


def test_every_name_that_is_listed_is_used() -> None:
    """Every private name in docs/private-parts.md is used."""
    uses = private_uses()

    assert [
        f"{file}: {name}" for file, name in _listed() if not any(use.file == file and use.is_of(name) for use in uses)
    ] == []


def test_the_page_has_the_version_that_is_installed() -> None:
    """The page has the installed version of each dependency."""
    lock = json.loads((PROJECT / "Pipfile.lock").read_text())
    del lock["_meta"]
    versions = {name: each["version"] for category in lock.values() for name, each in category.items()}
    written = re.findall(r"^## `(.+)` (.+)$", PAGE.read_text(), re.MULTILINE)

    assert len(written) > 5
    assert [(name, f"=={version}") for name, version in written] == [(name, versions.get(name)) for name, _ in written]


def test_every_test_that_the_page_names_exists() -> None:
    """Every test that the page names exists."""
    assert [row for row in ROWS if not row.tests] == []
    # Some are not in a row.
    for file, function in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE.read_text()):
        names = {node.name for node in nodes_of(PROJECT / file) if isinstance(node, ast.FunctionDef)}
        assert function in names, f"{file}::{function}"


def test_every_row_says_why_and_whether_there_is_an_issue() -> None:
    """Every row has a reason, and an issue or `none found`."""
    for row in ROWS:
        assert len(row.why) > 20, row
        assert row.issue == NO_ISSUE or re.search(r"\]\(https://github\.com/", row.issue), row


@pytest.mark.airflow
def test_what_dependencies_hold_under_these_names_has_not_changed(tmp_path: Path) -> None:
    """The parameters and sources of the private names have not changed."""
    names = sorted({name for _, name in _listed()})
    described = last_json(run("-m", "tests.upstream_sources", json.dumps(names), **task_starter(tmp_path)))
    text = "".join(f"{name}: {described[name]}\n" for name in names)
    if os.environ.get("UPDATE_GOLDEN") == "1":
        SOURCES.write_text(text)

    assert [name for name in names if described[name] == "is gone"] == []
    differ = set(text.splitlines()) ^ set(SOURCES.read_text().splitlines())
    assert sorted({line.partition(": ")[0] for line in differ}) == [], CHANGED
