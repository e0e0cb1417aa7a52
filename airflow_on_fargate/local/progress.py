"""What the one who starts or stops the stack sees: a line for each program, or with VERBOSE=1 all that they print."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from airflow_on_fargate.local.output import Output

LAST_LINES = 20
"""Of a program that does not start; its file has all."""


class Progress:
    """Tells how a start goes on, which *began* at that monotonic time; if *verbose*, all *output*, too."""

    def __init__(self, console: Console, output: Output, *, began: float, verbose: bool = False) -> None:
        self._console = console
        self._output = output
        self._verbose = verbose
        self._began = began

    @contextmanager
    def waiting(self, program: str, end: str) -> Iterator[None]:
        """Show, on a terminal, that *program* is waited for, and then a line that says what has come: *end*."""
        with self._console.status(f"Waiting for {program}"):
            yield
        self._console.print(f"{time.monotonic() - self._began:6.1f} s  {program} {end}", soft_wrap=True)

    def look(self) -> None:
        """Show what has been printed since the last time, if all of it is wanted."""
        if self._verbose:
            self._output.show()

    def show_last(self, program: str) -> None:
        """Show the last lines of a *program*, unless all have been shown."""
        if self._verbose:
            self._output.show()
        else:
            self._output.show_last(program, LAST_LINES)
