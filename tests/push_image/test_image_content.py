"""Promises of the tag that an image's content gives it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from constructs_lib.push_image.build_context import BuildContext
from constructs_lib.push_image.image_content import content_hash
from constructs_lib.shared.bad_input import BadInputError
from tests.programs import code

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """Return a folder to build an image from, with ignored files in it."""
    folder = tmp_path / "context"
    (folder / "package" / "__pycache__").mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY . .\n")
    (folder / ".dockerignore").write_text("#notes\n**/__pycache__\n*.log\n!kept.log\n")
    (folder / "main.py").write_text("print('a')\n")
    (folder / "package" / "b.py").write_text("b = 1\n")
    (folder / "package" / "__pycache__" / "b.pyc").write_bytes(b"1")
    (folder / "kept.log").write_text("kept\n")
    (folder / "#notes").touch()
    (folder / "link").symlink_to("main.py")
    return folder


def tag(folder: Path) -> str:
    """Hash *folder* as an ARM64 image."""
    return content_hash(BuildContext(folder), architecture="ARM64")


def test_the_hash_is_a_tag(context: Path) -> None:
    """The hash is short and valid as a tag."""
    assert re.fullmatch("[0-9a-f]{16}", tag(context))


def test_the_format_does_not_change_unnoticed(tmp_path: Path) -> None:
    """The same files give the same tag in every version of the project."""
    (tmp_path / "Dockerfile").write_bytes(b"FROM scratch\n")

    assert tag(tmp_path) == "12dd30576d66c769"


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "main.py").write_text("print('b')\n"),
        lambda folder: (folder / "main.py").rename(folder / "other.py"),
        lambda folder: (folder / "main.py").chmod(0o755),
        lambda folder: (folder / "new.py").touch(),
        lambda folder: (folder / "package" / "b.py").unlink(),
        lambda folder: (folder / "kept.log").write_text("changed\n"),
        lambda folder: (folder / "#notes").write_text("changed\n"),
        lambda folder: (folder / "Dockerfile").write_text("FROM busybox\n"),
        lambda folder: (folder / "link").unlink() or (folder / "link").symlink_to("kept.log"),
        lambda folder: (folder / "link").unlink() or shutil.copy(folder / "main.py", folder / "link"),
    ],
    ids=[
        "content",
        "name",
        "mode",
        "new",
        "gone",
        "kept by an exception",
        "named in a comment",
        "Dockerfile",
        "link",
        "link to copy",
    ],
)
def test_what_a_build_sees_changes_the_tag(context: Path, change: Callable[[Path], object]) -> None:
    """Everything that could change the image changes its tag."""
    before = tag(context)

    change(context)

    assert tag(context) != before


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "package" / "__pycache__" / "b.pyc").write_bytes(b"2"),
        lambda folder: (folder / "debug.log").touch(),
        lambda folder: os.utime(folder / "main.py", (0, 0)),
        lambda folder: (folder / "main.py").chmod(0o600),
        lambda folder: (folder / "empty").mkdir(),
        lambda folder: (
            (folder / "package" / "b.py").rename(folder / "b") and (folder / "b").rename(folder / "package/b.py")
        ),
    ],
    ids=["cache", "log", "time", "umask", "empty folder", "order on disk"],
)
def test_what_a_build_does_not_see_leaves_the_tag(context: Path, change: Callable[[Path], object]) -> None:
    """Ignored files, times, permissions and empty folders do not change the tag."""
    before = tag(context)

    change(context)

    assert tag(context) == before


@pytest.mark.programs
def test_a_clone_elsewhere_has_the_same_tag(context: Path, tmp_path: Path) -> None:
    """Another path or locale does not change the tag."""
    (context / "Ä.py").touch()
    (context / "z.py").touch()
    clone = shutil.copytree(context, tmp_path / "other" / "name", symlinks=True)
    printed = subprocess.run(
        [sys.executable, "-c", code("content_hash"), clone],
        cwd=PROJECT,
        env={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert printed.stdout.strip() == tag(context)


def test_architecture_and_dockerfile_count(context: Path) -> None:
    """Architecture and Dockerfile change the tag."""
    shutil.copy(context / "Dockerfile", context / "Other")

    tags = {
        content_hash(BuildContext(context), architecture="ARM64"),
        content_hash(BuildContext(context), architecture="X86_64"),
        content_hash(BuildContext(context, dockerfile="Other"), architecture="ARM64"),
    }

    assert len(tags) == 3


def test_two_files_are_not_read_as_one(tmp_path: Path) -> None:
    """Moving bytes between content and names changes the tag."""
    (tmp_path / "Dockerfile").touch()
    (tmp_path / "a").write_text("b")
    before = tag(tmp_path)
    (tmp_path / "a").unlink()
    (tmp_path / "ab").touch()

    assert tag(tmp_path) != before


def test_a_missing_dockerfile_is_refused(tmp_path: Path) -> None:
    """A missing Dockerfile is refused with its folder."""
    with pytest.raises(BadInputError, match=r"^docker/Dockerfile is missing; Docker needs it to build the image$"):
        content_hash(BuildContext(tmp_path, dockerfile="docker/Dockerfile"), architecture="ARM64")
