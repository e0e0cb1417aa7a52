"""Check where a command is to write, before it does the work."""

import os
from pathlib import Path

from constructs_lib.engine.engine_environment import folder_fault
from constructs_lib.shared.bad_input import BadInputError, shown


def check_printable(option: str, path: Path) -> None:
    """
    Refuse a *path*, the value of *option*, that a terminal does not print.

    Raises:
        BadInputError: the sentence has the option and the path.

    """
    if fault := _unprintable(path):
        msg = f"{option} must be a path, got {shown(str(path))}: {fault}"
        raise BadInputError(msg)


def check_output_folder(option: str, folder: Path) -> None:
    """
    Refuse a *folder*, the value of *option*, that cannot be created or written to.

    Raises:
        BadInputError: the sentence has the option, the folder, and why.

    """
    if fault := _unprintable(folder) or folder_fault(folder):
        msg = f"{option} must be a writable folder, got {shown(str(folder))}: {fault}"
        raise BadInputError(msg)


def check_output_file(option: str, file: Path) -> None:
    """
    Refuse a *file*, the value of *option*, that cannot be written; the folder that it is in must exist.

    Raises:
        BadInputError: as of `check_output_folder`.

    """
    if fault := _unprintable(file) or _file_fault(file):
        msg = f"{option} must be a writable file, got {shown(str(file))}: {fault}"
        raise BadInputError(msg)


def _file_fault(file: Path) -> str:
    """Return why *file* cannot be written, or ""."""
    try:
        if file.is_dir():
            return "it is a folder"
        if not file.parent.is_dir():
            return f"the folder {file.parent} does not exist"
        written = file if file.exists() else file.parent
    except OSError as error:
        return str(error.strerror)
    return "" if os.access(written, os.W_OK) else f"{written} is read-only"


def _unprintable(path: Path) -> str:
    """Return what is wrong with a path that a terminal does not print, or ""."""
    return "" if str(path).isprintable() else "it has characters that a terminal does not print, such as a line break"
