"""The same stack on one machine: `python -m airflow_on_fargate.local --help`."""

import argparse
import os
import sys
from contextlib import suppress

from rich.console import Console

from airflow_on_fargate.command_words import command_words
from airflow_on_fargate.local.output import show_logs
from airflow_on_fargate.local.proxies import proxies
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.stop import forget, stop
from constructs_lib.settings.processes import API_PORT
from constructs_lib.shared.bad_input import BadInputError


def main() -> None:
    """Run a verb; a user's mistake is one sentence and exit code 1."""
    arguments = _parse()
    os.environ |= proxies(os.environ)
    try:
        _run(arguments, State())
    except (BadInputError, TimeoutError) as error:
        sys.exit(f"error: {error}")
    except (PermissionError, IsADirectoryError, NotADirectoryError) as error:
        sys.exit(f"error: {BadInputError(f'{error.filename} cannot be used: {error.strerror}')}")
    except KeyboardInterrupt:
        sys.exit("interrupted")


def _run(arguments: argparse.Namespace, state: State) -> None:
    match arguments.verb:
        case "up":
            from airflow_on_fargate.local.up import Options, up  # noqa: PLC0415 slow, and the other verbs need none of it

            up(
                Options(
                    stage=arguments.stage,
                    containers=arguments.containers,
                    detach=arguments.detach,
                    verbose=arguments.verbose,
                    port=arguments.port,
                    database_url=os.environ.get("DATABASE_URL"),
                ),
                state,
            )
        case "down":
            stop(state, Console(highlight=False))
        case "reset":
            with suppress(BadInputError):
                stop(state, Console(highlight=False))
            forget(state, Console(highlight=False))
        case "logs":
            show_logs(state, arguments.process, Console(highlight=False))
        case "airflow":
            from airflow_on_fargate.local.airflow_command import become_airflow  # noqa: PLC0415 as above

            become_airflow(state, command_words(arguments.words))
        case _:  # run
            from airflow_on_fargate.local.dag_run import run_dag  # noqa: PLC0415 as above
            from airflow_on_fargate.local.own_server import check_own_server  # noqa: PLC0415 as above

            check_own_server(state)
            sys.exit(0 if run_dag(state, arguments.dag, arguments.conf, arguments.logical_date) else 1)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m airflow_on_fargate.local", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser(
        "up", help="run the stack until Ctrl-C; the variable DATABASE_URL can name your own PostgreSQL"
    )
    up.add_argument("--stage", default="dev", help="a stage of stages.py (default: dev)")
    up.add_argument("--containers", action="store_true", help="run images in Docker instead of processes")
    up.add_argument("--detach", action="store_true", help="return when the UI is healthy")
    up.add_argument("--verbose", action="store_true", help="show the output of all programs")
    up.add_argument("--port", help=f"the port of the UI (default: {API_PORT} if it is free, else any free port)")
    verbs.add_parser("down", help="stop the stack")
    verbs.add_parser("reset", help="stop the stack and delete all its data except secrets.toml")
    logs = verbs.add_parser("logs", help="show the last lines of the programs' output, and new ones")
    logs.add_argument("process", nargs="?", help="a program, such as worker (default: all)")
    run = verbs.add_parser("run", help="trigger a DAG and watch it")
    run.add_argument("dag", help="the id of the DAG")
    run.add_argument("--conf", help="the parameters as a JSON object")
    run.add_argument("--logical-date", help="the logical date of the run, such as 2026-11-01 (default: now)")
    verbs.add_parser("airflow", help="run a command of Airflow's CLI in the stack: airflow dags list")
    words = sys.argv[1:]
    # All that follows, options too, is for Airflow's CLI.
    of_airflow = words[1:] if words[:1] == ["airflow"] else []
    arguments = parser.parse_args(words[: len(words) - len(of_airflow)])
    arguments.words = of_airflow
    return arguments


if __name__ == "__main__":
    main()
