"""Start the containers of this stack in Docker, and remove those that a crash left."""

import hashlib
import os
import shutil
import subprocess

from airflow_on_fargate.local.launch import INHERITED, Agent, CannotStartError, Container, Launch, container_environment
from airflow_on_fargate.local.proxies import proxies
from airflow_on_fargate.local.state import State
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.shared.ecs import STOP_TIMEOUT_SEC

PROCESS, TASK = "process", "task"
"""Kinds of containers: Airflow's own, and those that RunTask starts."""
HEALTH_INTERVAL_SEC = 2
"""Instead of the definition's 30 s, because Docker waits one interval before the first check."""


def container_name(state: State, process: str) -> str:
    """Return the name of the container of a *process* in Docker, unique to this clone of the project."""
    clone = hashlib.sha256(bytes(state.folder.resolve())).hexdigest()[:8]
    return f"airflow-local-{clone}-{process}"


def docker_launch(container: Container, agent: Agent, *, kind: str, init: bool) -> Launch:
    """
    Return how the container runs in Docker, on this machine's network: containers of a Fargate task share one, too.

    Values are handed over by the name of their variable: everybody may read the arguments of a process.

    Raises:
        CannotStartError: there is no Docker, or a secret cannot be read.

    """
    docker = shutil.which("docker")
    if not docker:
        msg = "CannotStartContainerError: there is no docker command on the PATH"
        raise CannotStartError(msg)
    definition, name = container.definition, container_name(agent.state, container.process)
    variables = proxies(os.environ) | container_environment(container, agent)
    options = [
        *("--rm", "--network=host", f"--name={name}", f"--label={_label(agent.state, kind)}"),
        f"--stop-timeout={definition.get('stopTimeout', STOP_TIMEOUT_SEC)}",
    ]
    if init:
        options.append("--init")
    if container.memory_mib:
        # Fargate has no swap.
        options += [f"--memory={container.memory_mib}m", f"--memory-swap={container.memory_mib}m"]
    options += [f"--env={variable}" for variable in sorted(variables)]
    for mount in definition.get("mountPoints", []):
        mode = "ro" if mount.get("readOnly") else "rw"
        options.append(f"--volume={agent.state.volumes[mount['sourceVolume']]}:{mount['containerPath']}:{mode}")
    if check := definition.get("healthCheck"):
        options += [
            f"--health-cmd={' '.join(check['command'][1:])}",
            f"--health-interval={HEALTH_INTERVAL_SEC}s",
            f"--health-timeout={check['timeout']}s",
            f"--health-retries={check['retries']}",
            f"--health-start-period={check['startPeriod']}s",
        ]
    inherited = {key: value for key, value in os.environ.items() if key in INHERITED or key.startswith("DOCKER_")}
    command = [docker, "run", *options, definition["image"], *container.command]
    return Launch(command, inherited | variables, agent.state.folder, name)


def check_docker() -> None:
    """
    Look whether containers can run.

    Raises:
        BadInputError: there is no docker command, or Docker does not answer.

    """
    found = "there is no docker command on the PATH"
    if docker := shutil.which("docker"):
        run = subprocess.run([docker, "version"], capture_output=True, text=True, errors="replace", check=False)
        if not run.returncode:
            return
        found = (run.stderr.strip().splitlines() or ["docker version fails"])[-1]
    msg = f"CONTAINERS=1 needs Docker: {found}; start Docker, or leave CONTAINERS=1 out"
    raise BadInputError(msg)


def remove_containers(state: State, *kinds: str) -> bool:
    """Remove all containers of these *kinds*, running or not; return whether there were any."""
    found = False
    docker = shutil.which("docker")
    for kind in kinds if docker else ():
        listing = [str(docker), "ps", "--all", "--quiet", f"--filter=label={_label(state, kind)}"]
        if ids := subprocess.run(listing, capture_output=True, text=True, check=False).stdout.split():
            subprocess.run([str(docker), "rm", "--force", *ids], capture_output=True, check=False)
            found = True
    return found


def _label(state: State, kind: str) -> str:
    return f"airflow-local.{kind}={state.folder.resolve()}"
