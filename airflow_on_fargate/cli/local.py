"""The commands `airflow-fargate local`: a stage on this machine."""

import os
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from airflow_on_fargate.cli.options import FAILED, OF_AIRFLOW, Line, Stage, Words, example, whole_number
from airflow_on_fargate.interruption import after_interrupt

if TYPE_CHECKING:
    from airflow_on_fargate.local.state import State

MAX_PORT = 65535

app = typer.Typer(
    help="Run a stage on this machine.", epilog=example("local up"), no_args_is_help=True, rich_markup_mode=None
)


@app.command(epilog=example("local up", "--stage dev --port 8081 --detach"))
def up(
    *,
    stage: Stage = "dev",
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            parser=partial(whole_number, minimum=1, maximum=MAX_PORT),
            metavar="PORT",
            help="The port of the UI; by default 8080, or a free one if it is used.",
        ),
    ] = None,
    containers: Annotated[
        bool, typer.Option("--containers", help="Run the images in Docker instead of processes.")
    ] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Return when the UI is healthy.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show the output of all programs.")] = False,
) -> None:
    """
    Run the stack until Ctrl-C.

    The variable DATABASE_URL can name your own PostgreSQL.
    """
    from airflow_on_fargate.local.up import Options, up  # noqa: PLC0415 slow, and the other commands do not need it

    options = Options(
        stage=stage,
        containers=containers,
        detach=detach,
        verbose=verbose,
        port=port,
        database_url=os.environ.get("DATABASE_URL"),
    )
    with after_interrupt("the stack does not run"):
        up(options, _state())


@app.command(epilog=example("local run", """Test_Dag --conf '{"upper_bound": 20}'"""))
def run(
    dag: Annotated[str, typer.Argument(metavar="DAG", help="The id of the DAG.")],
    *,
    conf: Annotated[str | None, typer.Option("--conf", metavar="JSON", help="The parameters as a JSON object.")] = None,
    logical_date: Annotated[
        str | None, typer.Option("--logical-date", metavar="DATE", help="Such as 2026-11-01; by default now.")
    ] = None,
) -> None:
    """
    Trigger a DAG of the local stack and watch it.

    The exit code is 1 if the run failed.
    """
    from airflow_on_fargate.local.dag_run import run_dag  # noqa: PLC0415 as above
    from airflow_on_fargate.local.own_server import check_own_server  # noqa: PLC0415 as above

    state = _state()
    check_own_server(state)
    if not run_dag(state, dag, conf, logical_date):
        raise typer.Exit(FAILED)


@app.command(epilog=example("local airflow", "dags list --output json"), context_settings=OF_AIRFLOW)
def airflow(
    words: Words = None,
    *,
    line: Line = "",
) -> None:
    """
    Run a command of Airflow's CLI in the local stack.

    The exit code is that of the command.
    """
    from airflow_on_fargate.command_words import command_words  # noqa: PLC0415 as above
    from airflow_on_fargate.local.airflow_command import become_airflow  # noqa: PLC0415 as above

    become_airflow(_state(), command_words(words or [], line))


@app.command(epilog=example("local logs", "worker"))
def logs(
    process: Annotated[
        str | None, typer.Argument(metavar="PROGRAM", help="A program, such as worker; by default all.")
    ] = None,
) -> None:
    """Show the output of the programs, and new lines until Ctrl-C."""
    from rich.console import Console  # noqa: PLC0415 as above

    from airflow_on_fargate.local.output import show_logs  # noqa: PLC0415 as above

    show_logs(_state(), process, Console(highlight=False))


@app.command(epilog=example("local down"))
def down() -> None:
    """Stop the local stack."""
    from rich.console import Console  # noqa: PLC0415 as above

    from airflow_on_fargate.local.stop import stop  # noqa: PLC0415 as above

    stop(_state(), Console(highlight=False))


@app.command(epilog=example("local reset"))
def reset() -> None:
    """Stop the local stack and delete its data, but not secrets.toml."""
    from rich.console import Console  # noqa: PLC0415 as above

    from airflow_on_fargate.local.stop import forget, stop  # noqa: PLC0415 as above
    from constructs_lib.shared.bad_input import BadInputError  # noqa: PLC0415 as above

    state, console = _state(), Console(highlight=False)
    with suppress(BadInputError):
        stop(state, console)
    forget(state, console)


def _state() -> "State":
    """Return the folder `.local`, with the proxies of this machine in the environment of what is started."""
    from airflow_on_fargate.local.proxies import proxies  # noqa: PLC0415 as above
    from airflow_on_fargate.local.state import State  # noqa: PLC0415 as above

    os.environ |= proxies(os.environ)
    return State()
