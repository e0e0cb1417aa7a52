"""The process that is `docker run`, and the container behind it."""

import signal
import subprocess
import threading
import time

from typing_extensions import override

from airflow_on_fargate.local.aws.process import Process
from airflow_on_fargate.local.launch import Launch

PAUSE_SEC = 0.2


class DockerProcess(Process):
    """
    Runs a container in the foreground; signals go to the container itself, as soon as there is one.

    Sent to Docker's command, SIGKILL would end the command alone, and SIGTERM before the container has started would
    leave the container behind, made and never started.
    """

    @override
    def send_signal(self, number: signal.Signals) -> None:
        """Send the signal to the container, unless it has ended; return at once."""
        threading.Thread(target=self._send, args=[number], daemon=True).start()

    def _send(self, number: signal.Signals) -> None:
        command = [self.launch.command[0], "kill", f"--signal={number.name}", str(self.launch.name)]
        while not self.has_ended and subprocess.run(command, capture_output=True, check=False).returncode:
            time.sleep(PAUSE_SEC)


def process_of(launch: Launch) -> type[Process]:
    """Return what runs *launch*: a container has a name."""
    return DockerProcess if launch.name else Process
