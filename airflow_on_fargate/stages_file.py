"""Run stages.py, a program that a user writes, and check what it defines."""

from __future__ import annotations

import traceback
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from airflow_on_fargate.old_imports import accept_old_imports
from constructs_lib.settings.settings import Settings
from constructs_lib.shared.bad_input import BadInputError, models_in, refusal, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

MODULE = "stages"
FILE = "stages.py"
OLD_MODULE = "constructs_lib.stages"
"""Where the file was up to version 0.1."""
WANTED = "it must define STAGES, a tuple of Settings(...)"


def read_stages() -> Sequence[Settings]:
    """
    Return `STAGES` of stages.py, each stage checked.

    Raises:
        BadInputError: the file is missing or at its old place, raises whatever exception, or defines something else.

    """
    if find_spec(OLD_MODULE):
        msg = f"constructs_lib/stages.py is no longer read: move it to {FILE}, beside main.py"
        raise BadInputError(msg)
    accept_old_imports()
    try:
        module = import_module(MODULE)
    except (BadInputError, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001 a user's program may raise anything, SystemExit too
        raise _refusal(error) from None
    if not hasattr(module, "STAGES"):
        msg = f"{FILE} has no STAGES; {WANTED}"
        raise BadInputError(msg)
    return _checked(module.STAGES)


def _checked(stages: object) -> Sequence[Settings]:
    if isinstance(stages, Settings):
        msg = f"{FILE}: STAGES is one Settings(...) without a comma behind it; {WANTED}"
        raise BadInputError(msg)
    if not isinstance(stages, list | tuple) or not stages:
        msg = f"{FILE}: {WANTED}, got {shown(stages)}"
        raise BadInputError(msg)
    for number, each in enumerate(stages):
        if not isinstance(each, Settings):
            msg = f"{FILE}: STAGES[{number}] must be Settings(...), got {shown(each)}"
            raise BadInputError(msg)
    # Again, because model_copy() and model_construct() check nothing.
    return [Settings(**{key: getattr(each, key) for key in each.model_fields_set}) for each in stages]


def _refusal(error: BaseException) -> BadInputError:
    place = _place(error)
    match error:
        case ValidationError():
            return refusal(error, models_in(Settings).get(error.title), f"{place}, {error.title}")
        case SyntaxError(filename=str() as file) if file != _origin():
            said = f"{place}, imports {Path(file).name}, whose line {error.lineno} is not valid Python: {error.msg}"
        case SyntaxError():
            said = f"{FILE}, line {error.lineno}, is not valid Python: {error.msg}"
        case NameError() | TypeError():
            said = f"{place}, is not valid Python: {_message(error)}"
        case ModuleNotFoundError(name=name) if name == MODULE:
            said = f"{FILE} is missing; {WANTED}"
        case SystemExit():
            said = f"{place}, ends the program by SystemExit({shown(error.code)}); {WANTED}"
        case _:
            said = f"{place}, raises {type(error).__name__}: {_message(error)}; {WANTED}"
    return BadInputError(said)


def _message(error: BaseException) -> str:
    try:
        return str(error) or "no message"
    except Exception:  # noqa: BLE001 as above
        return "no message"


def _place(error: BaseException) -> str:
    """Return the file, with the line of it that *error* comes from, if it has one."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == _origin()]
    return f"{FILE}, line {lines[-1]}" if lines else FILE


def _origin() -> str | None:
    """Return the path of the file, as frames and errors name it."""
    spec = find_spec(MODULE)
    return spec.origin if spec else None
