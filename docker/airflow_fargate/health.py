"""
Tell ECS whether the process of this container works: `python -I -S health.py <process>`, exit code 0 or 1.

It looks at this process alone: while the database fails over or the api-server restarts, the others stay healthy. It
imports nothing that takes long.
"""

import os
import socket
import sys
import time

HEARTBEAT_FILE = os.environ.get("AIRFLOW_FARGATE_HEARTBEAT_FILE", "/tmp/airflow-heartbeat")  # noqa: S108 alone in a container
API_SERVER_PORT = int(os.environ.get("AIRFLOW__API__PORT", "8080"))
API_SERVER_PATH = "/execution/health"
"""
What answers without a login and without the database. Airflow makes the API that tasks ask when it is first asked for,
which takes three seconds of a processor: so that no task waits for it, the container is healthy only after that.
"""
LIMIT_SEC = 180
"""A process may stand still for as long as a database takes to fail over, some two minutes."""


def main(process: str) -> str | None:
    """Return what is wrong with *process*, or None."""
    if process == "api-server":
        return _api_server()
    try:
        age = time.time() - os.stat(HEARTBEAT_FILE).st_mtime  # noqa: PTH116 pathlib costs more than all the rest
    except FileNotFoundError:
        return f"{process} has not begun to work: {HEARTBEAT_FILE} is missing"
    return f"{process} has stood still for {age:.0f} s" if age > LIMIT_SEC else None


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
