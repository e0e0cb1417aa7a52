"""The sentence about an error that a user can do something about."""

from constructs_lib.push_image import PushError
from constructs_lib.shared.bad_input import BadInputError


def sentence_of(error: Exception) -> str | None:
    """Return the sentence about *error*, or None for a fault of the program, which needs its traceback."""
    match error:
        case BadInputError() | PushError() | TimeoutError():
            return str(error)
        case OSError(filename=str() as filename):
            # A file or folder of the user that cannot be used.
            return str(BadInputError(f"{filename} cannot be used: {error.strerror}"))
        case _:
            return None
