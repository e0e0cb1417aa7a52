"""The words of a command of Airflow's that a user writes, one by one or as a line of text."""

import shlex
from collections.abc import Sequence

from constructs_lib.shared.bad_input import BadInputError

LINE = "--line="
"""With what make hands over the value of ARGS, which no shell has read."""


def command_words(arguments: Sequence[str]) -> list[str]:
    """
    Return the words that *arguments* are, or those of the line that the first one holds.

    A line is split at its spaces; quotation marks keep a word together, and nothing else is special.

    Raises:
        BadInputError: a quotation mark in the line is not closed.

    """
    if not (arguments and arguments[0].startswith(LINE)):
        return list(arguments)
    try:
        return shlex.split(arguments[0].removeprefix(LINE))
    except ValueError as error:
        # Without the text, which may hold a password.
        msg = f'ARGS cannot be split into words: {error}; it must be words such as "dags list --output json"'
        raise BadInputError(msg) from None
