"""Promises of the packs that carry the files of a DAG bundle."""

import gzip
import hashlib
import io
import re
import stat
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.shared.dag_pack import read_pack, write_pack


def sha256(content: bytes) -> str:
    """Return the hash of *content*."""
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Return three files by their hash."""
    found = {}
    for content in (b"", b"one", b"two" * 1_000_000):
        file = tmp_path / f"source{len(content)}"
        file.write_bytes(content)
        found[sha256(content)] = file
    return found


def tampered(folder: Path, members: Mapping[str, bytes], kind: bytes = tarfile.REGTYPE) -> tuple[Path, str]:
    """Return a pack with *members*, and its hash."""
    pack = folder / "tampered"
    with tarfile.open(pack, "w:gz") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size, member.type, member.linkname = len(content), kind, "/etc/passwd"
            tar.addfile(member, io.BytesIO(content))
    return pack, sha256(pack.read_bytes())


def test_pack_carries_files(files: dict[str, Path], tmp_path: Path) -> None:
    """The wanted files of a pack are written read-only, each with its hash as its name, and no others."""
    pack, store = tmp_path / "pack", tmp_path / "store"
    store.mkdir()
    name = write_pack(files, pack)
    one, *others = sorted(files, key=lambda each: files[each].stat().st_size)

    read_pack(pack, sha256=name, wanted={each: files[each].stat().st_size for each in others}, folder=store)

    assert sorted(each.name for each in store.iterdir()) == sorted(others)
    assert {stat.S_IMODE(each.stat().st_mode) for each in store.iterdir()} == {0o444}
    assert all((store / each).read_bytes() == files[each].read_bytes() for each in others)
    read_pack(pack, sha256=name, wanted={one: 0}, folder=store)
    assert (store / one).read_bytes() == b""


def test_same_files_are_the_same_pack(files: dict[str, Path], tmp_path: Path) -> None:
    """The same files give the same bytes, whatever their order, name, mode and time."""
    (tmp_path / "source3").touch()
    (tmp_path / "source3").chmod(0o700)
    turned = dict(reversed(files.items()))

    assert write_pack(files, tmp_path / "a") == write_pack(turned, tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_bytes()[4:8] == bytes(4), "gzip's time"


def test_changed_source_is_refused(files: dict[str, Path], tmp_path: Path) -> None:
    """A file that changed since it was hashed is not packed."""
    (tmp_path / "source3").write_text("two")

    with pytest.raises(BadInputError, match="source3' has changed while it was packed; push again"):
        write_pack(files, tmp_path / "pack")


def test_damaged_pack_is_one_sentence(files: dict[str, Path], tmp_path: Path) -> None:
    """A pack with another hash is refused before it is opened."""
    name = write_pack(files, tmp_path / "pack")
    (tmp_path / "pack").write_bytes((tmp_path / "pack").read_bytes()[:-1])

    sentence = f"the pack {name} is damaged: its SHA-256 is [0-9a-f]+; delete packs/{name}.tar.gz of the bundle"
    with pytest.raises(BadInputError, match=sentence):
        read_pack(tmp_path / "pack", sha256=name, wanted={}, folder=tmp_path)


@pytest.mark.parametrize(
    ("size", "members", "report"),
    [
        (3, {}, "is missing"),
        (3, {sha256(b"one"): b"two"}, "has another content"),
        (2, {sha256(b"one"): b"one"}, "has another content"),
        (4, {sha256(b"one"): b"one"}, "has another content"),
    ],
)
def test_wrong_content_is_not_written(size: int, members: Mapping[str, bytes], report: str, tmp_path: Path) -> None:
    """A wanted file that is missing, or has another size or content, is one sentence, and nothing is written."""
    pack, name = tampered(tmp_path, members)
    store = tmp_path / "store"
    store.mkdir()

    with pytest.raises(BadInputError, match=report):
        read_pack(pack, sha256=name, wanted={sha256(b"one"): size}, folder=store)

    assert not list(store.iterdir())


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
def test_only_regular_members_are_read(kind: bytes, tmp_path: Path) -> None:
    """A link or a device in a pack is never written, even with a wanted name."""
    pack, name = tampered(tmp_path, {sha256(b""): b""}, kind)

    with pytest.raises(BadInputError, match="is missing"):
        read_pack(pack, sha256=name, wanted={sha256(b""): 0}, folder=tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"no gzip", gzip.compress(b"no tar" * 200), gzip.compress(b"x" * 9999)[:20]],
    # The bytes have the time, and all workers of pytest-xdist must collect the same names.
    ids=["no gzip", "no tar", "cut off"],
)
def test_other_file_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    """An object that is no pack at all is one sentence, too."""
    (tmp_path / "pack").write_bytes(content)

    with pytest.raises(BadInputError, match=re.escape(f"the pack {sha256(content)} is damaged: ")):
        read_pack(tmp_path / "pack", sha256=sha256(content), wanted={"ab": 1}, folder=tmp_path)
