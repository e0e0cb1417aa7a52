"""What the commands share: exit codes, options, and the text of an example."""

from __future__ import annotations

import re
from typing import Annotated

import typer

PROGRAM = "airflow-fargate"
FAILED = 1
"""The exit code of a command that was refused or has failed."""


def example(*words: str) -> str:
    """Return the last line of a command's help."""
    return f"Example: {PROGRAM} {' '.join(words)}"


def whole_number(text: str | int, *, minimum: int | None = None, maximum: int | None = None) -> int:
    """
    Return the number that *text* is, or a default, from *minimum* to *maximum*; Typer's own messages lack the value.

    Raises:
        BadParameter: it is none, or out of range.

    """
    limits = "a whole number, at most 9 digits" if minimum is None else f"a whole number from {minimum} to {maximum}"
    number = int(text) if re.fullmatch(r"-?[0-9]{1,9}", str(text)) else None
    if number is None or (minimum is not None and number < minimum) or (maximum is not None and number > maximum):
        msg = f"must be {limits}, got {text!r}"
        raise typer.BadParameter(msg)
    return number


def complete_stage() -> list[str]:
    """Return the stages of stages.py, of which Typer offers a shell those that fit."""
    from airflow_on_fargate.project_stages import load_stages  # noqa: PLC0415 imports pydantic
    from constructs_lib.shared.bad_input import BadInputError  # noqa: PLC0415 as above

    try:
        return list(load_stages(None))
    except BadInputError:
        # A shell has no place for the sentence.
        return []


STAGE = typer.Option(
    "--stage", help="A stage of stages.py.", metavar="STAGE", autocompletion=complete_stage, show_default=False
)
Stage = Annotated[str, STAGE]
AutoApprove = Annotated[bool, typer.Option("--auto-approve", help="Do not ask.")]
AllowOlderPackage = Annotated[
    bool, typer.Option("--allow-older-package", help="Go back to an older package than has deployed the stage.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Line = Annotated[
    str,
    typer.Option(
        "--line", metavar="TEXT", help="The words as one line; quotation marks group words.", show_default=False
    ),
]
Words = Annotated[
    list[str] | None, typer.Argument(metavar="WORDS", help="The words of the command, such as: dags list")
]
OF_AIRFLOW = {"ignore_unknown_options": True, "allow_interspersed_args": False}
"""All that follows the first word, options too, is for Airflow's CLI."""
