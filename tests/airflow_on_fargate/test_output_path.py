"""Promises of the check where a command is to write."""

import os
from pathlib import Path

import pytest

from airflow_on_fargate.output_path import check_output_file, check_output_folder
from constructs_lib.shared.bad_input import BadInputError


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()


@pytest.mark.parametrize("file", ["new.svg", "file", "folder/new.svg"])
def test_a_file_that_can_be_written_is_accepted(file: str) -> None:
    """A new file in an existing folder, and an existing file, which is replaced; nothing is written yet."""
    check_output_file("--picture", Path(file))

    assert sorted(each.name for each in Path().iterdir()) == ["file", "folder"]


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("absent/new.svg", "the folder absent does not exist"),
        ("file/new.svg", "the folder file does not exist"),
        ("folder", "it is a folder"),
        ("x" * 300, "File name too long"),
        ("a\nb", "it has characters that a terminal does not print, such as a line break"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused(file: str, fault: str) -> None:
    """The sentence has the option and why."""
    with pytest.raises(BadInputError) as refused:
        check_output_file("--picture", Path(file))

    assert str(refused.value).startswith("--picture must be a writable file, got '")
    assert str(refused.value).endswith(f"': {fault}")


def test_what_is_read_only_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """An existing file and the folder of a new one are named."""
    monkeypatch.setattr(os, "access", lambda *_: False)

    with pytest.raises(BadInputError, match=r": file is read-only$"):
        check_output_file("--picture", Path("file"))
    with pytest.raises(BadInputError, match=r": folder is read-only$"):
        check_output_file("--picture", Path("folder/new.svg"))


@pytest.mark.parametrize(("folder", "fault"), [("file/new", "file is a file"), ("\x1b[2J", "it has characters that ")])
def test_a_folder_that_cannot_be_created_is_refused(folder: str, fault: str) -> None:
    """The sentence has the option and why, in printable characters."""
    with pytest.raises(BadInputError) as refused:
        check_output_folder("--to", Path(folder))

    assert f": {fault}" in str(refused.value)
    assert str(refused.value).isprintable()
