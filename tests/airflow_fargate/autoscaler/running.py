"""An autoscaler that runs, with quick rounds."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.airflow_fargate.autoscaler.worker_cloud import WorkerCloud
from tests.airflow_fargate.container import PROGRAMS, environment_with

POOLS = {
    "default": {"service": "worker-default", "slots": 4, "least": 0, "most": 10},
    "large": {"service": "worker-large", "slots": 1, "least": 2, "most": 5},
}
LIMIT_SEC = 20


@contextmanager
def autoscaler(
    folder: Path, container_variables: Mapping[str, str]
) -> Iterator[tuple["subprocess.Popen[bytes]", Path]]:
    """Run an autoscaler with quick rounds, with its output in the file."""
    printed = folder / "said"
    container_variables = {**container_variables, "AIRFLOW_FARGATE_HEARTBEAT_FILE": str(folder / "heartbeat")}
    with (
        printed.open("w") as file,
        subprocess.Popen(
            [sys.executable, "-m", f"{PROGRAMS}.autoscaler"],
            env=environment_with(container_variables),
            stderr=file,
            stdout=file,
        ) as process,
    ):
        try:
            yield process, printed
        finally:
            # Not SIGKILL, because coverage would measure nothing then.
            process.terminate()
            process.wait(LIMIT_SEC)


def until(done: Callable[[], bool]) -> None:
    """Wait for *done*."""
    end = time.monotonic() + LIMIT_SEC
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)


def newest(cloud: WorkerCloud) -> tuple[float, ...]:
    """Return what was published last for both pools."""
    return tuple(number for service in ("worker-default", "worker-large") for number in cloud.published(service)[:1])
