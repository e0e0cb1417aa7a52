"""Write the reference of the commands into docs/commands.md: `python docs/commands.py`."""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import typer
from typer.core import TyperGroup
from typer.main import get_command

from airflow_on_fargate.cli.main import app

PAGE = Path(__file__).with_suffix(".md")
MARK = "<!-- Below: written by `python docs/commands.py` from the help of the commands. -->\n"


def page(text: str) -> str:
    """Return *text*, the page, with the reference of today's commands below the mark."""
    written, _, _ = text.partition(MARK)
    return f"{written}{MARK}\n" + "\n".join(_reference("airflow-fargate", get_command(app)))


def _reference(path: str, command: Any) -> Iterator[str]:  # noqa: ANN401 the class of commands is private in Typer
    if isinstance(command, TyperGroup):
        for name, each in command.commands.items():
            if not each.hidden:
                yield from _reference(f"{path} {name}", each)
        return
    yield f"## {path}\n"
    yield f"{inspect.cleandoc(command.help or '')}\n"
    context = typer.Context(command)
    records = [record for each in command.params if (record := each.get_help_record(context))]
    if records:
        yield "| argument or option | meaning |\n|---|---|"
        yield "\n".join(f"| `{names}` | {meaning} |" for names, meaning in records) + "\n"
    yield f"```sh\n{(command.epilog or '').removeprefix('Example: ')}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
