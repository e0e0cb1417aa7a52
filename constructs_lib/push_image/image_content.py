"""The tag of an image: a hash of all that its `docker build` uses."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from constructs_lib.push_image.build_context import BuildContext

CONTENT = "Content"
"""The id of the resource with the hashes of an image's parts."""
LENGTH = 16
"""Hexadecimal digits of a tag: 64 bits are enough for the images of one repository."""
PART_LENGTH = 8
"""Hexadecimal digits of the hash of a part, which only shows whether it has changed."""


Fields = Mapping[str, tuple[bytes, ...]]
"""What counts of each file of a context: path, kind, and the hash of the content or the target of a link."""


def content_hash(context: BuildContext, *, architecture: str) -> str:
    """
    Return the hash of a build of *context* for *architecture*.

    It covers the arguments of the build, path, content and executable bit of each file, and the target of each symbolic
    link, except those that `.dockerignore` excludes. Empty folders do not count, because Git does not keep them. Times
    and owners do not count.

    Raises:
        BadInputError: the context has no Dockerfile, or a link that Docker cannot follow.

    """
    return hash_of(context, read_fields(context), architecture=architecture)


def read_fields(context: BuildContext) -> Fields:
    """
    Read the files of *context*.

    Raises:
        BadInputError: as `content_hash`.

    """
    return {name: fields for name, path in context.files().items() if (fields := _fields(name, path))}


def hash_of(context: BuildContext, files: Fields, *, architecture: str) -> str:
    """Return the hash of a build of *context*, whose *files* have been read."""
    arguments = (f"--build-arg={argument}".encode() for argument in context.build_arguments)
    return _hash((architecture.encode(), context.dockerfile.encode(), *arguments, *chain(*files.values())))[:LENGTH]


def part_hashes(context: BuildContext, files: Fields) -> dict[str, str]:
    """
    Return a short hash of each part of the Airflow image that a user knows, such as `plugins/`, of the *files* read.

    The product's own files are one part, `docker/`. A part that has no files is missing.
    """
    parts: dict[str, list[bytes]] = {}
    for name, fields in files.items():
        parts.setdefault(_part(name), []).extend(fields)
    if context.build_arguments:
        parts["build arguments"] = [each.encode() for each in context.build_arguments]
    return {part: _hash(fields)[:PART_LENGTH] for part, fields in sorted(parts.items())}


def _part(name: str) -> str:
    top, slash, _ = name.partition("/")
    if name.startswith("docker/certificates/"):
        return "docker/certificates/"
    return "docker/" if top == "constructs_lib" else top + slash


def _hash(fields: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for field in fields:
        # With its length in front, a field cannot be read as a part of another one.
        digest.update(len(field).to_bytes(8, "big") + field)
    return digest.hexdigest()


def _fields(name: str, path: Path) -> tuple[bytes, ...]:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return (os.fsencode(name), b"link", os.fsencode(path.readlink()))
    if stat.S_ISREG(mode):
        kind = b"program" if mode & stat.S_IXUSR else b"file"
        with path.open("rb") as file:
            return (os.fsencode(name), kind, hashlib.file_digest(file, "sha256").digest())
    return ()
