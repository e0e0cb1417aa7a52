"""The tag of an image: a hash of all that its `docker build` uses."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.push_image.build_context import BuildContext

LENGTH = 16
"""Hexadecimal digits of a tag: 64 bits are enough for the images of one repository."""


def content_hash(context: BuildContext, *, architecture: str) -> str:
    """
    Return the hash of a build of *context* for *architecture*.

    It covers the arguments of the build, path, content and executable bit of each file, and the target of each symbolic
    link, except those that `.dockerignore` excludes. Empty folders do not count, because Git does not keep them. Times
    and owners do not count.

    Raises:
        BadInputError: the context has no Dockerfile, or a link that Docker cannot follow.

    """
    digest = hashlib.sha256()
    for field in _fields(context, architecture):
        # With its length in front, a field cannot be read as a part of another one.
        digest.update(len(field).to_bytes(8, "big") + field)
    return digest.hexdigest()[:LENGTH]


def _fields(context: BuildContext, architecture: str) -> Iterator[bytes]:
    yield architecture.encode()
    yield context.dockerfile.encode()
    yield from (f"--build-arg={argument}".encode() for argument in context.build_arguments)
    for name, path in context.files().items():
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            yield from (os.fsencode(name), b"link", os.fsencode(path.readlink()))
        elif stat.S_ISREG(mode):
            kind = b"program" if mode & stat.S_IXUSR else b"file"
            with path.open("rb") as file:
                yield from (os.fsencode(name), kind, hashlib.file_digest(file, "sha256").digest())
