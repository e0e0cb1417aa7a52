"""The commands that operate a deployed stage."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from airflow_on_fargate.advice import advised
from airflow_on_fargate.cli.options import FAILED, OF_AIRFLOW, AsJson, Line, Stage, Words, example
from airflow_on_fargate.cli.stages import find_stage, write_stages
from airflow_on_fargate.interruption import after_interrupt

if TYPE_CHECKING:
    from airflow_on_fargate.operations.stage_operations import StageOperations


def continues(stage: str) -> str:
    """Return what the sentence after Ctrl-C has while a deployment of *stage* is watched."""
    return f"the deployment continues; {advised('status', stage)} shows its state"


def add_to(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    app.command(epilog=example("status", "--stage prod"))(status)
    app.command(epilog=example("watch", "--stage prod"))(watch)
    app.command(epilog=example("pause", "--stage dev"))(pause)
    app.command(epilog=example("resume", "--stage dev"))(resume)
    app.command(epilog=example("airflow", "--stage prod dags list --output json"), context_settings=OF_AIRFLOW)(airflow)


def status(*, stage: Stage, as_json: AsJson = False) -> None:
    """
    Show the state of each service of a stage in AWS.

    The exit code is 1 if a deployment has failed or was rolled back.
    """
    with operating("status", stage) as operations:
        operations.report_states(as_json=as_json)


def watch(*, stage: Stage) -> None:
    """
    Report what ECS does until the new version runs.

    Ctrl-C stops watching; the deployment continues.
    """
    with operating("watch", stage, interrupted=continues(stage)) as operations:
        operations.watch()


def pause(
    *,
    stage: Stage,
    force: Annotated[bool, typer.Option("--force", help="Stop running tasks instead of waiting for them.")] = False,
) -> None:
    """Stop a stage's services and database, and keep all data."""
    again = f"{advised('pause', stage)} continues from here"
    with operating("pause", stage, interrupted=again) as operations:
        operations.pause(force=force)


def resume(*, stage: Stage) -> None:
    """Start a paused stage."""
    again = f"{advised('resume', stage)} continues from here"
    with operating("resume", stage, interrupted=again) as operations:
        operations.resume()


def airflow(
    *,
    stage: Stage,
    words: Words = None,
    line: Line = "",
) -> None:
    """
    Run a command of Airflow's CLI in a stage in AWS.

    The exit code is that of the command.
    """
    from airflow_on_fargate.command_words import command_words  # noqa: PLC0415 imports pydantic

    arguments = command_words(words or [], line)
    after = "the command may still run in the container of the dag-processor"
    with operating("airflow", stage, interrupted=after) as operations:
        raise typer.Exit(operations.run_airflow(arguments))


@contextmanager
def operating(
    command: str, stage: str, *, interrupted: str = "nothing was changed", compose: bool = True
) -> Iterator["StageOperations"]:
    """
    Lend the operations on *stage* to *command*, and end the program with one sentence if AWS or the user ends it.

    *interrupted* is what is said after Ctrl-C. *compose* writes the JSON of the stage before, from which the operations
    read its names.
    """
    find_stage(stage)
    if compose:
        write_stages(quiet=True)
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 takes a second to import

    from airflow_on_fargate.operations.stage_operations import StageOperations  # noqa: PLC0415 as above
    from airflow_on_fargate.operations.waiting import OperationError  # noqa: PLC0415 as above

    try:
        with after_interrupt(interrupted):
            yield StageOperations.of(stage, command=command)
    except OperationError as error:
        _fail(f"error: {error}")
    except (BotoCoreError, ClientError) as error:
        _fail(f"error: {command} of airflow-{stage} failed, because a call of AWS failed: {error}")


def _fail(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(FAILED)
