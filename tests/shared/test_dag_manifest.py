"""Promises of the documents of a DAG bundle: its manifests and its pointer."""

import json
from dataclasses import replace
from typing import Any

import pytest

from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.shared.dag_manifest import Manifest, Pointer, Switch
from tests.shared.test_dag_version import FILE, FILES, MANIFEST, sha256


def damaged(**changes: object) -> bytes:
    """Return a manifest with *changes* of its table."""
    return json.dumps({**json.loads(MANIFEST.to_json()), **changes}).encode()


def test_manifest_is_read_as_written() -> None:
    """A manifest is the same after it was written and read, in the same bytes whatever the order of its files."""
    turned = replace(MANIFEST, files=dict(reversed(FILES.items())))
    with_dags = replace(MANIFEST, dags={"dags/a.py": ["a"]})

    assert Manifest.read(MANIFEST.to_json(), where="x") == MANIFEST
    assert Manifest.read(with_dags.to_json(), where="x") == with_dags
    assert turned.to_json() == MANIFEST.to_json()
    assert MANIFEST.packs == tuple(sorted((sha256("pack"), sha256("other"))))


@pytest.mark.parametrize(
    ("content", "report"),
    [
        (b"{", "is damaged: it is not JSON; push a version again"),
        (b"[" * 100_000, "is damaged: it is not JSON"),
        (b"[]", "is damaged: it must be a table, got []"),
        (damaged(format=2), "has the format 2, but this program reads 1"),
        (damaged(files=[]), "files must be a table, got []"),
        (damaged(dags=[]), "dags must be a table of arrays, got []"),
        (damaged(dags={"dags/a.py": [1]}), "dags must have texts, got {'dags/a.py': [1]}"),
        (damaged(source=1), "source must be text, got 1"),
        (damaged(files={"dags/a.py": {}}), "files.'dags/a.py' must have sha256, bytes, mode and pack, got {}"),
        (damaged(files={"dags/a.py": {"sha256": "../x", "bytes": 1, "mode": "644", "pack": "ab"}}), "must have sha256"),
        (damaged(files={"dags/../../a.py": FILE.__dict__}), "must be a relative path"),
        (damaged(files={"dags/a.py": {**FILE.__dict__, "bytes": 2**31}}), "at most 20,000 files of 1,024 MiB"),
    ],
)
def test_damaged_manifest_is_one_sentence(content: bytes, report: str) -> None:
    """A manifest that is damaged, or of another format, is one sentence that starts with its place."""
    with pytest.raises(BadInputError, match=r"^s3://b/k") as error:
        Manifest.read(content, where="s3://b/k")

    assert report in str(error.value)


def test_pointer_keeps_its_last_switches() -> None:
    """The pointer has the last 50 switches, newest first; the previous version is the last other one."""
    switches = [Switch(f"{number % 60:020x}", "now", "me", "") for number in range(70)]
    pointer = Pointer((switches[0],))
    first = pointer
    for switch in (*switches[1:], switches[-1]):
        pointer = pointer.switched(switch)

    assert Pointer.read(pointer.to_json(), where="x") == pointer
    assert len(pointer.history) == 50
    assert pointer.version == switches[-1].version
    assert pointer.previous == switches[-2].version
    assert first.previous is None
    assert json.loads(pointer.to_json())["version"] == pointer.version


@pytest.mark.parametrize(
    ("history", "report"),
    [
        (None, "history must be an array of tables, got None"),
        ([], "history must be an array of tables, got []"),
        (["x"], "history must be an array of tables"),
        ([{"version": "x"}], "pushed_at must be text, got None"),
        ([{"version": "../../x", "pushed_at": "", "pushed_by": "", "note": ""}], "a version has 20 hex digits, got"),
    ],
)
def test_damaged_pointer_is_one_sentence(history: Any, report: str) -> None:  # noqa: ANN401 any JSON
    """A damaged pointer is one sentence, and its version is never a path."""
    with pytest.raises(BadInputError, match=r"^s3://b/k") as error:
        Pointer.read(json.dumps({"format": 1, "history": history}).encode(), where="s3://b/k")

    assert report in str(error.value)
