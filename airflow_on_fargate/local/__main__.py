"""The same stack on one machine: `python -m airflow_on_fargate.local --help`."""

import argparse
import os
import sys
from contextlib import suppress

from rich.console import Console

from airflow_on_fargate.command_words import command_words
from airflow_on_fargate.local.logs import show_logs
from airflow_on_fargate.local.proxies import proxies
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.stop import forget, stop
from constructs_lib.settings.processes import API_PORT
from constructs_lib.shared.bad_input import BadInputError


def main() -> None:
    """Do what is asked; a user's mistake is one sentence and exit code 1."""
    asked = _parse()
    state = State()
    os.environ |= proxies(os.environ)
    try:
        match asked.verb:
            case "up":
                from airflow_on_fargate.local.up import Options, up  # noqa: PLC0415 slow, and the other verbs need none of it

                up(
                    Options(
                        stage=asked.stage,
                        containers=asked.containers,
                        detach=asked.detach,
                        verbose=asked.verbose,
                        port=asked.port,
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
                show_logs(state, asked.process, Console(highlight=False))
            case "airflow":
                from airflow_on_fargate.local.airflow_command import become_airflow  # noqa: PLC0415 as above

                become_airflow(state, command_words(asked.words))
            case "run":
                from airflow_on_fargate.local.dag_run import run_dag  # noqa: PLC0415 as above
                from airflow_on_fargate.local.own_server import check_own_server  # noqa: PLC0415 as above

                check_own_server(state)

                sys.exit(0 if run_dag(state, asked.dag, asked.conf, asked.logical_date) else 1)
    except (BadInputError, TimeoutError) as error:
        sys.exit(f"error: {error}")
    except (PermissionError, IsADirectoryError, NotADirectoryError) as error:
        sys.exit(f"error: {BadInputError(f'{error.filename} cannot be used: {error.strerror}')}")
    except KeyboardInterrupt:
        sys.exit("interrupted")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m airflow_on_fargate.local", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser("up", help="run the stack until Ctrl-C; DATABASE_URL names a PostgreSQL of your own")
    up.add_argument("--stage", default="dev", help="one of stages.py (default: dev)")
    up.add_argument("--containers", action="store_true", help="run images in Docker instead of processes")
    up.add_argument("--detach", action="store_true", help="return when the UI is healthy")
    up.add_argument("--verbose", action="store_true", help="show what all programs print")
    up.add_argument("--port", help=f"of the UI (default: {API_PORT} if it is free, or any)")
    verbs.add_parser("down", help="stop it")
    verbs.add_parser("reset", help="stop it and forget all that it has kept but secrets.toml")
    logs = verbs.add_parser("logs", help="show the last lines that programs have printed, and what they print")
    logs.add_argument("process", nargs="?", help="such as worker (default: all)")
    run = verbs.add_parser("run", help="trigger a DAG and watch it")
    run.add_argument("dag", help="its id")
    run.add_argument("--conf", help="its parameters as a JSON object")
    run.add_argument("--logical-date", help="what {{ ds }} is made of, such as 2026-11-01 (default: now)")
    verbs.add_parser("airflow", help="run a command of Airflow's with the stack's environment: airflow dags list")
    arguments = sys.argv[1:]
    # What follows is Airflow's, options too.
    of_airflow = arguments[1:] if arguments[:1] == ["airflow"] else []
    asked = parser.parse_args(arguments[: len(arguments) - len(of_airflow)])
    asked.words = of_airflow
    return asked


if __name__ == "__main__":
    main()
