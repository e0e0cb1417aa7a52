"""What a `docker build` would see, in one word: the tag of the image."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.push_image.build_context import BuildContext

LENGTH = 16
"""Hexadecimal digits of a tag: 64 bits tell the images of one repository apart."""


def content_hash(context: BuildContext, *, architecture: str) -> str:
    """
    Return the hash of what building *context* for *architecture* would see.

    That is the relative path, the content and the executable bit of every file, and the target of every symbolic link,
    that `.dockerignore` does not ignore. Folders count by what is in them, for Git keeps no empty ones. When, where and
    by whom the files were written does not matter.

    Raises:
        BadInputError: the context has no Dockerfile, or a link that Docker cannot follow.

    """
    digest = hashlib.sha256()
    for field in _fields(context, architecture):
        # The length in front keeps two fields from being read as one.
        digest.update(len(field).to_bytes(8, "big") + field)
    return digest.hexdigest()[:LENGTH]


def _fields(context: BuildContext, architecture: str) -> Iterator[bytes]:
    yield architecture.encode()
    yield context.dockerfile.encode()
    for name, path in context.files().items():
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            yield from (os.fsencode(name), b"link", os.fsencode(path.readlink()))
        elif stat.S_ISREG(mode):
            kind = b"program" if mode & stat.S_IXUSR else b"file"
            with path.open("rb") as file:
                yield from (os.fsencode(name), kind, hashlib.file_digest(file, "sha256").digest())
