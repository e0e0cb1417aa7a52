"""What a command says when Ctrl-C ends it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130
"""The exit code of a program that was ended by Ctrl-C, as shells report it."""


@contextmanager
def after_interrupt(sentence: str) -> Iterator[None]:
    """End the program with *sentence*, which says what is done and what is not, if Ctrl-C comes in this context."""
    try:
        yield
    except KeyboardInterrupt:
        # The terminal has printed ^C without the end of the line.
        print(f"\ninterrupted; {sentence}", file=sys.stderr)
        sys.exit(INTERRUPTED)
