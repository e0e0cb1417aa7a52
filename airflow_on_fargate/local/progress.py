"""What `make local` shows: a line for each program, or with VERBOSE=1 all that the programs print."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from airflow_on_fargate.local.output import Output

LAST_LINES = 20
"""How many lines of a program that does not start are shown; its log file has all."""


@contextmanager
def phase(console: Console, began: float, action: str, result: str) -> Iterator[None]:
    """Show the *action* on a terminal while it lasts, then print the *result* with the seconds since *began*."""
    with console.status(action):
        yield
    console.print(f"{time.monotonic() - began:6.1f} s  {result}", soft_wrap=True)


class Progress:
    """Shows the progress of a start that *began* at a monotonic time; if *verbose*, all *output* too."""

    def __init__(self, console: Console, output: Output, *, began: float, verbose: bool = False) -> None:
        self._console = console
        self._output = output
        self._verbose = verbose
        self._began = began

    @contextmanager
    def waiting(self, program: str, end: str) -> Iterator[None]:
        """Show on a terminal that the start waits for *program*, then print that it reached the *end*."""
        with phase(self._console, self._began, f"Waiting for {program}", f"{program} {end}"):
            yield

    def look(self) -> None:
        """If verbose, show what the programs have printed since the last call."""
        if self._verbose:
            self._output.show()

    def show_last(self, program: str) -> None:
        """Show the last lines of a *program*, or in verbose mode what was not shown yet."""
        if self._verbose:
            self._output.show()
        else:
            self._output.show_last(program, LAST_LINES)
