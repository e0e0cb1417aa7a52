"""What a `docker build` would see, in one word: the tag of the image."""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from docker.utils.build import exclude_paths

from constructs_lib.shared.bad_input import BadInputError

LENGTH = 16
"""Hexadecimal digits of a tag: 64 bits tell the images of one repository apart."""


def content_hash(context: Path, dockerfile: str = "Dockerfile", *, architecture: str) -> str:
    """
    Return the hash of what building *context* with *dockerfile* (a path inside it) for *architecture* would see.

    That is the relative path, the content and the executable bit of every file, and the target of every symbolic link,
    that `.dockerignore` does not ignore. Folders count by what is in them, for Git keeps no empty ones. When, where and
    by whom the files were written does not matter.

    Raises:
        BadInputError: if there is no such Dockerfile.

    """
    if not (context / dockerfile).is_file():
        msg = f"{context.name}/{dockerfile} is missing; an image is built from it"
        raise BadInputError(msg)
    digest = hashlib.sha256()
    for field in _fields(context, dockerfile, architecture):
        # The length in front keeps two fields from being read as one.
        digest.update(len(field).to_bytes(8, "big") + field)
    return digest.hexdigest()[:LENGTH]


def _fields(context: Path, dockerfile: str, architecture: str) -> Iterator[bytes]:
    yield architecture.encode()
    yield dockerfile.encode()
    for name in sorted(_not_ignored(context, dockerfile), key=os.fsencode):
        path = context / name
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            yield from (os.fsencode(name), b"link", os.fsencode(path.readlink()))
        elif stat.S_ISREG(mode):
            kind = b"program" if mode & stat.S_IXUSR else b"file"
            with path.open("rb") as file:
                yield from (os.fsencode(name), kind, hashlib.file_digest(file, "sha256").digest())


def _not_ignored(context: Path, dockerfile: str) -> set[str]:
    try:
        lines = (context / ".dockerignore").read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        lines = []
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return set(exclude_paths(str(context), patterns, dockerfile))
