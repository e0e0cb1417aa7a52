"""Run stages.py, which the user writes, and check the stages that it defines."""

from __future__ import annotations

import ast
import builtins
import difflib
import sys
import traceback
from contextlib import redirect_stdout
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from airflow_on_fargate.old_imports import accept_old_imports
from constructs_lib import settings as public_models
from constructs_lib.settings.settings import Settings
from constructs_lib.shared.bad_input import BadInputError, models_in, refusal, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

MODULE = "stages"
FILE = "stages.py"
OLD_MODULE = "constructs_lib.stages"
"""The place of the file up to version 0.1."""
REQUIREMENT = "it must define STAGES, a tuple of Settings(...)"
MAIN = "main.py"
NO_PROJECT = (
    f"this folder has no {MAIN} and {FILE}; run the command in the folder of your project, or create one:"
    " airflow-fargate init my-airflow"
)
MODELS = public_models.__all__
UNNAMED_VALUE = "BaseModel.__init__() takes 1 positional argument"
"""The start of Python's message about a value without a name for a pydantic model."""


def read_stages() -> Sequence[Settings]:
    """
    Return `STAGES` of stages.py, each stage checked.

    Raises:
        BadInputError: the file is missing or at its old place, raises an exception, or defines no stages.

    """
    if find_spec(OLD_MODULE):
        msg = f"constructs_lib/stages.py is no longer read: move it to {FILE}, beside main.py"
        raise BadInputError(msg)
    accept_old_imports()
    try:
        # What the file prints must not get into the output of a command, which may be JSON.
        with redirect_stdout(sys.stderr):
            module = import_module(MODULE)
    except (BadInputError, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001 a user's program may raise anything, even SystemExit
        raise _refusal(error) from None
    if not hasattr(module, "STAGES"):
        msg = f"{FILE} has no STAGES; {REQUIREMENT}"
        raise BadInputError(msg)
    _check_keys(Path(str(module.__file__)))
    return _checked(module.STAGES)


def _check_keys(file: Path) -> None:
    """
    Refuse a table of *file* that has a key twice: Python would use the last one and say nothing.

    Raises:
        BadInputError: it names the line and the key.

    """
    for table in (node for node in ast.walk(ast.parse(file.read_bytes())) if isinstance(node, ast.Dict)):
        keys = [each for each in table.keys if isinstance(each, ast.Constant)]
        for index, key in enumerate(keys):
            if key.value in [each.value for each in keys[:index]]:
                msg = (
                    f"{FILE}, line {key.lineno}: the key {shown(key.value)} is in this table twice, and only the last"
                    " one would have an effect; rename or remove one"
                )
                raise BadInputError(msg)


def _checked(stages: object) -> Sequence[Settings]:
    if isinstance(stages, Settings):
        msg = f"{FILE}: STAGES is one Settings(...) without a comma after it; {REQUIREMENT}"
        raise BadInputError(msg)
    if not isinstance(stages, list | tuple) or not stages:
        msg = f"{FILE}: {REQUIREMENT}, got {shown(stages)}"
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
        case SyntaxError():
            sentence = _syntax_fault(error, place)
        case NameError(name=str() as name):
            sentence = f"{place}, uses a name that is not defined, {shown(name)}{_name_hint(name)}"
        case TypeError() if UNNAMED_VALUE in _message(error):
            sentence = f"{place}, has a setting without its name; write each as name=value, such as stage='dev'"
        case ModuleNotFoundError(name=name) if name == MODULE:
            sentence = f"{FILE} is missing; {REQUIREMENT}" if Path(MAIN).exists() else NO_PROJECT
        case SystemExit():
            sentence = f"{place}, ends the program by SystemExit({shown(error.code)}); {REQUIREMENT}"
        case _:
            sentence = f"{place}, raises {type(error).__name__}: {_message(error)}; {REQUIREMENT}"
    return BadInputError(sentence)


def _syntax_fault(error: SyntaxError, place: str) -> str:
    if line := _nul_line():
        return f"{FILE}, line {line}, has a NUL byte; remove it"
    line_text = f", line {error.lineno}," if error.lineno else ""
    if error.filename == _origin():
        return f"{FILE}{line_text} is not valid Python: {error.msg}"
    imported = Path(error.filename).name if error.filename else "a file"
    return f"{place}, imports {imported}, which is not valid Python{line_text.rstrip(',')}: {error.msg}"


def _nul_line() -> int:
    """Return the line of the file that has the first NUL byte, or 0; Python 3.11 does not report it."""
    origin = _origin()
    before, nul, _ = Path(origin).read_bytes().partition(b"\0") if origin else (b"", b"", b"")
    return before.count(b"\n") + 1 if nul else 0


def _name_hint(name: str) -> str:
    """Return what to write instead of a *name* that is not defined, if it is known."""
    if name in MODELS:
        return f"; add the line: from constructs_lib.settings import {name}"
    close = difflib.get_close_matches(name, [*MODELS, *dir(builtins)], n=1)
    return f"; did you mean {close[0]}?" if close else ""


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
