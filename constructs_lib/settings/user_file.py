"""Read a file that a user writes. A wrong file gets a sentence; a named pipe does not block the program."""

from __future__ import annotations

import os
import stat
import tomllib
from typing import TYPE_CHECKING, Any

from constructs_lib.shared.bad_input import BadInputError

if TYPE_CHECKING:
    from pathlib import Path

LIMIT_BYTES = 1024 * 1024
KINDS = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a named pipe", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}


def read_text(file: Path, *, where: str, limit_bytes: int = LIMIT_BYTES) -> str | None:
    """
    Return the text of *file*, without a byte order mark, or None if there is no such file.

    Raises:
        BadInputError: the file is not a readable regular file of UTF-8 text. The sentence names it *where*.

    """
    content = _read_bytes(file, where, limit_bytes)
    try:
        return content if content is None else content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{where} must be UTF-8 text, and byte {error.start} is not"
        raise BadInputError(msg) from None


def _read_bytes(file: Path, where: str, limit_bytes: int) -> bytes | None:
    try:
        # Without O_NONBLOCK the program would wait until somebody writes into a named pipe.
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        if not file.is_symlink():
            return None
        msg = f"{where} is a symbolic link to {os.fspath(file.readlink())}, which is missing"
        raise BadInputError(msg) from None
    except OSError as error:
        msg = f"{where} cannot be read: {error.strerror}"
        raise BadInputError(msg) from None
    if not stat.S_ISREG(mode := os.fstat(descriptor).st_mode):
        os.close(descriptor)
        msg = f"{where} must be a regular file, got {KINDS.get(stat.S_IFMT(mode), 'another kind of file')}"
        raise BadInputError(msg)
    with os.fdopen(descriptor, "rb") as opened:
        content = opened.read(limit_bytes + 1)
    if len(content) > limit_bytes:
        msg = f"{where} must not be larger than {limit_bytes:,} bytes"
        raise BadInputError(msg)
    return content


def read_toml(file: Path, *, where: str) -> dict[str, Any] | None:
    """
    Return the content of *file*, or None if there is no such file.

    Raises:
        BadInputError: the file cannot be read, or is not valid TOML. The sentence names it *where*.

    """
    text = read_text(file, where=where)
    try:
        return text if text is None else tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # Python names no line for a string or an array that is not closed.
        end = f"at line {len(str(text).splitlines())}, the end"
        msg = f"{where} is not valid TOML: {str(error).replace('at end of document', end)}"
    except RecursionError:
        msg = f"{where} has tables or arrays that are nested too deeply"
    except ValueError:
        # Python does not parse an integer of more than 4,300 digits.
        msg = f"{where} has an integer with too many digits"
    raise BadInputError(msg)
