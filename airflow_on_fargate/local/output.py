"""Show the output of all programs together, each in its colour."""

import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from airflow_on_fargate.advice import advised
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.supervisor import Supervisord
from constructs_lib.shared.bad_input import BadInputError, nearest, shown

if TYPE_CHECKING:
    from io import BufferedReader

LINES = 100
"""How many lines of each file are shown before new ones."""
PAUSE_SEC = 0.2
COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_cyan", "bright_magenta", "bright_green")


class Output:
    """Follows log *files*, by the name of their program, from where they end now, or from *last* lines before that."""

    def __init__(self, files: dict[str, Path], console: Console, *, last: int = 0) -> None:
        self._console = console
        self._width = max(map(len, files))
        self._colours = {name: COLOURS[index % len(COLOURS)] for index, name in enumerate(files)}
        self._followed = {name: _Followed(file, last) for name, file in files.items()}

    def show(self) -> None:
        """Print what has been written since the last time."""
        for name, followed in self._followed.items():
            for line in followed.lines():
                self._print(name, line)

    def show_last(self, name: str, count: int) -> None:
        """Print the last *count* lines that the program *name* has written since the last time."""
        for line in deque(self._followed[name].lines(), maxlen=count):
            self._print(name, line)

    def _print(self, name: str, line: str) -> None:
        # Keep the programs' own colours, but not the codes that move the cursor.
        text = Text.assemble((f"{name:>{self._width}} | ", self._colours[name]), Text.from_ansi(line))
        self._console.print(text, soft_wrap=True)


class _Followed:
    """A log file that may be rotated."""

    def __init__(self, path: Path, last: int) -> None:
        self._path = path
        self._file: BufferedReader | None = None
        self._rest = b""
        if path.exists():
            self._file = path.open("rb")
            self._rest = b"".join(deque(self._file, maxlen=last))

    def lines(self) -> Iterator[str]:
        """Return the new complete lines."""
        yield from self._read()
        with suppress(FileNotFoundError):
            if not self._file or not os.path.samestat(self._path.stat(), os.fstat(self._file.fileno())):
                self._file = self._path.open("rb")
                yield from self._read()

    def _read(self) -> Iterator[str]:
        if not self._file:
            return
        *lines, self._rest = (self._rest + self._file.read()).split(b"\n")
        for line in lines:
            yield line.decode(errors="replace").rstrip("\r")


def show_logs(state: State, process: str | None, console: Console) -> None:
    """
    Print the last lines of the program *process*, or of all, then new lines until Ctrl-C or the stack's end.

    Raises:
        BadInputError: there is no log, or none of that program.

    """
    files = {file.stem: file for file in sorted(state.logs.glob("*.log"))}
    if not files:
        msg = f"there is no log in {state.logs}; {advised('local up')} starts the stack"
        raise BadInputError(msg)
    if process and process not in files:
        msg = f"PROCESS {shown(process)} has no log in {state.logs}; {nearest(process, files)}"
        raise BadInputError(msg)
    output = Output({process: files[process]} if process else files, console, last=LINES)
    supervisor = Supervisord(state)
    with suppress(KeyboardInterrupt):
        output.show()
        while supervisor.is_running():
            time.sleep(PAUSE_SEC)
            output.show()
