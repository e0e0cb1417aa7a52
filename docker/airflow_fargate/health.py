"""
The health of a process: the file that it touches while it works, and the check that ECS runs.

`python -I -S health.py <process>` has the exit code 0 or 1. It checks this process only: while the database fails over
or the api-server restarts, the other processes stay healthy. It imports only what loads fast.
"""

import os
import socket
import sys
import time

HEARTBEAT_FILE = os.environ.get("AIRFLOW_FARGATE_HEARTBEAT_FILE", "/tmp/airflow-heartbeat")  # noqa: S108 a container has one process
API_SERVER_PORT = int(os.environ.get("AIRFLOW__API__PORT", "8080"))
API_SERVER_PATH = "/execution/health"
"""
Answers without a login and without the database. Airflow creates the API for tasks at its first request, which takes
three seconds of CPU. The container is healthy only after that, so no task waits for it.
"""
LIMIT_SEC = 180
"""Longer than a failover of the database, which takes about two minutes and can block a process."""


def beat() -> None:
    """Touch the file, to report that the process works."""
    with open(HEARTBEAT_FILE, "ab"):  # noqa: PTH123 importing pathlib takes longer than the whole check
        os.utime(HEARTBEAT_FILE)


def main(process: str) -> str | None:
    """Return what is wrong with *process*, or None."""
    if process == "api-server":
        return _api_server()
    try:
        age = time.time() - os.stat(HEARTBEAT_FILE).st_mtime  # noqa: PTH116 as above
    except FileNotFoundError:
        return f"{process} has not started to work: {HEARTBEAT_FILE} is missing"
    return f"{process} has done nothing for {age:.0f} s" if age > LIMIT_SEC else None


def _api_server() -> str | None:
    try:
        with socket.create_connection(("127.0.0.1", API_SERVER_PORT), timeout=5) as connection:
            connection.sendall(f"GET {API_SERVER_PATH} HTTP/1.0\r\n\r\n".encode())
            status = connection.recv(64).split(b"\r\n")[0]
    except OSError as error:
        return f"api-server does not answer: {error}"
    return None if b" 200 " in status else f"api-server answers {status.decode(errors='replace')}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
