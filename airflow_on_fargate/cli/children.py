"""Run other programs, and let them end in their own way."""

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType


def run(command: Sequence[str], *, environment: Mapping[str, str] | None = None, stdout: int | None = None) -> None:
    """
    Run *command* until it ends; if it fails, end this program with its exit code.

    Ctrl-C reaches the command once, from the terminal, as it reaches this program, which waits for the command to end.
    SIGTERM reaches only this program, which forwards it.
    """
    _run(command, environment, stdout)


def output(command: Sequence[str], *, environment: Mapping[str, str]) -> str:
    """Return what *command* prints to standard output; all else is as `run` does it."""
    return _run(command, environment, subprocess.PIPE)


def _run(command: Sequence[str], environment: Mapping[str, str] | None, stdout: int | None) -> str:
    # What this program has printed comes before what the command prints.
    sys.stdout.flush()
    with _waiting() as children:
        process = subprocess.Popen(command, env=environment, stdout=stdout, text=True)
        children.append(process)
        printed, _ = process.communicate()
    if process.returncode:
        # A shell reports a program that was ended by a signal in the same way.
        sys.exit(process.returncode if process.returncode > 0 else 128 - process.returncode)
    return printed or ""


@contextmanager
def _waiting() -> Iterator[list["subprocess.Popen[str]"]]:
    """Let signals end the children that are in the list, and not this program; restore its handlers at the end."""
    children: list[subprocess.Popen[str]] = []

    def forward(number: int, _: FrameType | None) -> None:
        for each in children:
            each.send_signal(number)

    # A handler is not inherited by a child; SIG_IGN would be.
    handlers = {signal.SIGINT: lambda *_: None, signal.SIGTERM: forward}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield children
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
