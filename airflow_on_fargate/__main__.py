"""The program `airflow-fargate`, also as `python -m airflow_on_fargate`."""

import signal
import sys


def start() -> None:
    """Run a command; Ctrl-C ends it without a traceback, also while Python imports what it needs."""
    try:
        from airflow_on_fargate.cli.main import main  # noqa: PLC0415 most of the time before the command runs

        main()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)


if __name__ == "__main__":
    start()
