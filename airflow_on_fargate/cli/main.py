"""The program `airflow-fargate`: its commands, and what becomes of an error."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from airflow_on_fargate import project
from airflow_on_fargate.advice import FORM, PROGRAM_VARIABLE
from airflow_on_fargate.cli import dags, deployment, local, operation, project_files, stage_files
from airflow_on_fargate.cli.options import FAILED, PROGRAM
from airflow_on_fargate.interruption import INTERRUPTED
from constructs_lib.version import package_version

app = typer.Typer(
    name=PROGRAM,
    help="Apache Airflow on AWS Fargate: deploy and operate the stages of stages.py, or run one on this machine.",
    epilog=f"{PROGRAM} COMMAND --help describes a command and shows an example.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    # Help and errors as plain text: importing Rich takes longer than all else.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _print_version(value: bool) -> None:  # noqa: FBT001 typer passes the value of the option by position
    if value:
        print(package_version())
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    del version


for part in (project_files, deployment, operation, stage_files):
    part.add_to(app)
app.add_typer(dags.app, name="dags")
app.add_typer(local.app, name="local")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; a user's mistake is one sentence and exit code 1, and a wrong command line is exit code 2."""
    project.use_project(project.project_folder())
    FORM.make = os.environ.get(PROGRAM_VARIABLE) == "make"
    try:
        code = app(arguments, prog_name=PROGRAM, standalone_mode=False)
    except typer.TyperException as error:
        _print_error(_usage(error, sys.argv[1:] if arguments is None else arguments))
        sys.exit(error.exit_code)
    except typer.Abort:
        sys.exit(FAILED)
    except Exception as error:
        from airflow_on_fargate.one_sentence import sentence_of  # noqa: PLC0415 imports pydantic

        sentence = sentence_of(error)
        if sentence is None:
            raise
        _print_error(f"error: {sentence}")
        sys.exit(FAILED)
    if code == INTERRUPTED:
        _print_error("interrupted")
    sys.exit(code)


def _usage(error: typer.TyperException, arguments: Sequence[str]) -> str:
    """Return the help of a group without a command, or what is wrong on the command line."""
    message = error.format_message()
    if message.startswith("Usage: "):
        return message
    from constructs_lib.shared.bad_input import printable  # noqa: PLC0415 imports pydantic

    return f"error: {printable(message).rstrip('.')}; run: {_command_of(arguments)} --help"


def _command_of(arguments: Sequence[str]) -> str:
    """Return the words of the command that *arguments* begin with; not each error of Typer has it."""
    names, command = [PROGRAM], typer.main.get_command(app)
    for word in arguments:
        commands: dict[str, Any] = getattr(command, "commands", {})
        if word not in commands:
            break
        names.append(word)
        command = commands[word]
    return " ".join(names)


def _print_error(text: str) -> None:
    print(text, file=sys.stderr)
