"""Split the command for Airflow's CLI that a user writes, as words or as one line."""

import shlex
from collections.abc import Sequence

from constructs_lib.shared.bad_input import BadInputError

LINE = "--line="
"""The option with which make passes the value of ARGS; no shell evaluates it."""


def command_words(arguments: Sequence[str]) -> list[str]:
    """
    Return *arguments*, or the words of the line in the first one.

    A line is split at spaces. Quotation marks group words; no other character is special.

    Raises:
        BadInputError: a quotation mark in the line is not closed.

    """
    if not (arguments and arguments[0].startswith(LINE)):
        return list(arguments)
    try:
        return shlex.split(arguments[0].removeprefix(LINE))
    except ValueError as error:
        # Without the text, because it may have a password.
        msg = f'ARGS cannot be split into words: {error}; write words such as "dags list --output json"'
        raise BadInputError(msg) from None
