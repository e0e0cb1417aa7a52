"""Programs that tests run in a process or a container of its own."""

import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def command(name: str, *arguments: str) -> list[str]:
    """Return the command that runs a program with this interpreter."""
    return [sys.executable, str(FOLDER / f"{name}.py"), *arguments]


def code(name: str) -> str:
    """Return the text of a program, for `python -c` where its file is out of reach, as in a container."""
    return (FOLDER / f"{name}.py").read_text(encoding="utf-8")


def python(name: str, *arguments: str) -> list[str]:
    """Return the command that runs a program with the Python of a task or of a container."""
    return ["python", "-c", code(name), *arguments]
