"""
Run a command in a session of ECS Exec: `python -m airflow_fargate.session airflow dags list`.

ECS runs a session as root, whatever the container's user is (AWS: "Monitor Amazon ECS containers with ECS Exec"). Its
files would belong to root, so the command runs as the image's user. The client of a session always exits with 0, so the
last line of the output has the exit code.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from constructs_lib.shared.ecs import end_line


def main(command: list[str]) -> None:
    """Run *command* as the entrypoint does, and print how it ended."""
    home = Path(os.environ["AIRFLOW_HOME"])
    os.chdir(home)
    environment = {**os.environ, "HOME": str(home)}
    user = home.joinpath("logs").stat()
    root = os.getuid() == 0
    process = subprocess.Popen(
        [sys.executable, "-m", "airflow_fargate", *command],
        env=environment,
        user=user.st_uid if root else None,
        group=user.st_gid if root else None,
        extra_groups=[] if root else None,
    )
    # Ctrl-C ends the command, not this program.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = process.wait()
    print(end_line(code if code >= 0 else 128 - code), flush=True)  # noqa: T201 the client of the session reads it


if __name__ == "__main__":
    main(sys.argv[1:])
