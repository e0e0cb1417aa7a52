"""The environment variables that choose the engine, and those that the engine reads."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from constructs_lib.engine.engine_choice import CDKTF, ENGINES, VARIABLE, chosen_engine
from constructs_lib.shared.bad_input import BadInputError, shown

if TYPE_CHECKING:
    from collections.abc import Mapping


def check_engine(environment: Mapping[str, str]) -> None:
    """
    Refuse an *environment* that names an engine which does not exist or is not installed.

    Raises:
        BadInputError: the sentence names the variable, its value, and what is allowed.

    """
    name = environment.get(VARIABLE)
    if name and name not in ENGINES:
        msg = f"{VARIABLE} in the environment must be {' or '.join(ENGINES)}, got {shown(name)}"
        raise BadInputError(msg)
    engine = ENGINES[name] if name else chosen_engine(environment)
    if not engine.is_installed:
        # Not the packages themselves: the newest may be ones that this version does not work with.
        package = "airflow-on-fargate" if engine == CDKTF else f"'airflow-on-fargate[{engine.core}]'"
        msg = f"the engine {engine.core} is not installed; run: pip install {package}"
        raise BadInputError(f"{msg}, or unset {VARIABLE}" if name else msg)


def check_engine_environment(environment: Mapping[str, str], *, writes_output: bool = True) -> None:
    """
    Refuse an *environment* in which CDKTF cannot start or, if it *writes_output*, cannot write it.

    Raises:
        BadInputError: the sentence names the variable or the file, and what is allowed.

    """
    context = environment.get("CDKTF_CONTEXT_JSON") or "{}"
    try:
        is_object = isinstance(json.loads(context), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        msg = f"CDKTF_CONTEXT_JSON in the environment must be a JSON object such as {{}}, got {shown(context)}"
        raise BadInputError(msg)
    if not writes_output:
        return
    output = environment.get("CDKTF_OUTDIR", "cdktf.out")
    variable = "CDKTF_OUTDIR in the environment" if "CDKTF_OUTDIR" in environment else "The output"
    for part in (output, f"{output}/stacks") if output else ("",):
        if fault := folder_fault(Path(part)) if part else "no name":
            msg = f"{variable} must be a writable folder, got {shown(part)}: {fault}"
            raise BadInputError(msg)


def folder_fault(wanted: Path) -> str:
    """Return why the folder *wanted* cannot be created or written to, or ""."""
    path = wanted
    while True:
        try:
            path.stat()
        except (FileNotFoundError, NotADirectoryError):
            if path.is_symlink():
                return f"{path} is a broken link"
            path = path.parent
        except OSError as error:
            return f"{path}: {error.strerror}"
        else:
            break
    if not path.is_dir():
        return f"{path} is a file"
    return "" if os.access(path, os.W_OK | os.X_OK) else f"{path} is read-only"
