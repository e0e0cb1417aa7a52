"""
A pack: the content of files of a DAG bundle in one object of S3, `packs/<sha256>.tar.gz`.

Each file has its SHA-256 as its name there. Their paths are only in the manifest, so a pack cannot write outside of its
folder. The same files give the same bytes: members are sorted, and neither gzip nor tar has a time.
"""

import gzip
import hashlib
import os
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from constructs_lib.shared.bad_input import BadInputError, shown

CHUNK_BYTES = 1024**2
COMPRESSION = 6
"""Level 9 takes twice the time for one percent."""


def write_pack(files: Mapping[str, Path], pack: Path) -> str:
    """
    Write the content of *files*, by their SHA-256, to the file *pack*, and return the pack's SHA-256.

    Raises:
        BadInputError: A file's content is not that of its SHA-256 any more.

    """
    with (
        pack.open("wb") as raw,
        gzip.GzipFile("", "wb", COMPRESSION, raw, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w|", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for sha256, file in sorted(files.items()):
            with file.open("rb") as content:
                if hashlib.file_digest(content, "sha256").hexdigest() != sha256:
                    msg = f"{shown(str(file))} has changed while it was packed; push again"
                    raise BadInputError(msg)
                member = tarfile.TarInfo(sha256)
                member.size = content.tell()
                content.seek(0)
                tar.addfile(member, content)
    return _sha256(pack)


def read_pack(pack: Path, *, sha256: str, wanted: Mapping[str, int], folder: Path) -> None:
    """
    Write the *wanted* files, sizes by SHA-256, from *pack* to *folder*, each with its SHA-256 as its name.

    A file appears in *folder* only when it is whole and its hash is right, and is read-only. Others are not written.

    Raises:
        BadInputError: The pack is damaged: its hash is not *sha256*, or a wanted file is missing or has another hash.

    """
    if (found := _sha256(pack)) != sha256:
        raise _damaged(sha256, f"its SHA-256 is {found}")
    missing = dict(wanted)
    try:
        with gzip.open(pack) as unzipped, tarfile.open(fileobj=unzipped, mode="r|") as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isreg() and member.name in missing else None
                if content is not None:
                    _write_whole(content, member.name, size=missing.pop(member.name), folder=folder, pack=sha256)
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise _damaged(sha256, str(error)) from None
    for name in missing:
        raise _damaged(sha256, f"the file {name} is missing")


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _write_whole(content: IO[bytes], sha256: str, *, size: int, folder: Path, pack: str) -> None:
    # In the same folder, so that the file can be renamed.
    part = f"{folder}/.{os.getpid()}"
    digest, rest = hashlib.sha256(), size + 1
    try:
        with open(part, "wb", opener=_read_only) as file:
            while chunk := content.read(min(CHUNK_BYTES, rest)):
                digest.update(chunk)
                file.write(chunk)
                rest -= len(chunk)
        if rest != 1 or digest.hexdigest() != sha256:
            raise _damaged(pack, f"the file {sha256} has another content")
        os.replace(part, f"{folder}/{sha256}")  # noqa: PTH105 thousands of small files
    finally:
        Path(part).unlink(missing_ok=True)


def _read_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o444)


def _damaged(pack: str, report: str) -> BadInputError:
    # A push uploads only packs that are missing.
    advice = f"delete packs/{pack}.tar.gz of the bundle, and push the files of the version again"
    return BadInputError(f"the pack {pack} is damaged: {report}; {advice}")
