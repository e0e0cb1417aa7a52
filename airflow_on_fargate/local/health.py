"""Whether a container is healthy, by the health check in its definition."""

import os
import subprocess
from collections.abc import Mapping
from typing import Any


def is_healthy(container: Mapping[str, Any]) -> bool:
    """Run the health check of a *container* that runs as a process of this machine."""
    check = container["healthCheck"]
    environment = {each["name"]: each["value"] for each in container["environment"]}
    # Its first word, CMD, says that no shell is wanted.
    run = subprocess.run(
        check["command"][1:],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        timeout=check["timeout"],
        check=False,
    )
    return run.returncode == 0


def is_healthy_in_docker(name: str) -> bool:
    """Ask Docker, which runs the health check of the container *name* itself."""
    command = ["docker", "inspect", "--format", "{{.State.Health.Status}}", name]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() == "healthy"
