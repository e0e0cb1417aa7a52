"""The sentence about an error that a user can do something about."""

import errno
import sys
import traceback
from pathlib import Path

from constructs_lib.push_image import PushError
from constructs_lib.push_image.product_files import PACKAGES
from constructs_lib.shared.bad_input import BadInputError

EXTRAS = {PACKAGES / "airflow_on_fargate/diagram": "diagram", PACKAGES / "airflow_on_fargate/local": "local"}
"""The folders whose packages are in an extra of their own; the others' are in `deploy`."""
OURS = (PACKAGES / "airflow_on_fargate", PACKAGES / "constructs_lib")


def sentence_of(error: Exception) -> str | None:
    """Return the sentence about *error*, or None for a fault of the program, which needs its traceback."""
    match error:
        case BadInputError() | PushError() | TimeoutError():
            return str(error)
        case OSError(filename=str() as filename):
            # A file or folder of the user that cannot be used.
            return str(BadInputError(f"{filename} cannot be used: {error.strerror}"))
        case OSError(errno=errno.ENOSPC):
            return f"the output cannot be written: {error.strerror}"
        case ModuleNotFoundError() if extra := _extra(error):
            return f"{error.name} is not installed in {sys.prefix}; run: pip install 'airflow-on-fargate[{extra}]'"
        case _:
            return None


def _extra(error: ModuleNotFoundError) -> str | None:
    """Return the extra of the package that has the missing module; None if it is not a file of ours that needs it."""
    importing = [each.filename for each in traceback.extract_tb(error.__traceback__) if each.filename[0] != "<"]
    file = Path(importing[-1])
    for folder, extra in EXTRAS.items():
        if file.is_relative_to(folder):
            return extra
    return "deploy" if any(file.is_relative_to(folder) for folder in OURS) else None
