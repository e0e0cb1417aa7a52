"""Split the command for Airflow's CLI that a user writes, as words or as one line."""

import shlex
from collections.abc import Sequence

from constructs_lib.shared.bad_input import BadInputError


def command_words(words: Sequence[str], line: str) -> list[str]:
    """
    Return *words*, or those of *line* if it has any.

    A line is split at spaces. Quotation marks group words. No shell evaluates it, so no other character is special.

    Raises:
        BadInputError: a quotation mark in the line is not closed.

    """
    if not line:
        return list(words)
    try:
        return shlex.split(line)
    except ValueError as error:
        # Without the text, because it may have a password.
        msg = f'the command cannot be split into words: {error}; write words such as "dags list --output json"'
        raise BadInputError(msg) from None
