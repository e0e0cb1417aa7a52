"""
Run a command of Airflow's CLI in the local stack.

It gets the environment of the dag-processor, the process that both reads DAG files and works on the database.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from airflow_on_fargate.advice import advised
from airflow_on_fargate.local.agent import registered_container
from airflow_on_fargate.local.containers import airflow_containers
from airflow_on_fargate.local.docker import container_name
from airflow_on_fargate.local.launch import Agent, CannotStartError, Launch, process_launch
from airflow_on_fargate.local.machine import Machine
from airflow_on_fargate.local.state import State, not_running
from airflow_on_fargate.local.supervisor import Supervisord
from airflow_on_fargate.local.template import Template
from constructs_lib.settings.processes import DAG_PROCESSOR
from constructs_lib.shared.bad_input import BadInputError

ENTRYPOINT = ("python", "-m", "airflow_fargate")
"""The image's entrypoint, which sets the database's URL; `docker exec` does not run it."""
TERMINAL = ("TERM", "COLORTERM", "NO_COLOR")


def become_airflow(state: State, words: Sequence[str]) -> None:
    """
    Become the process `airflow <words>`, so that signals, input and the exit code are its own.

    Raises:
        BadInputError: the stack does not run.

    """
    if not (state.ready.exists() and Supervisord(state).is_running()):
        raise not_running()
    launch = airflow_launch(state, words, terminal=sys.stdin.isatty() and sys.stdout.isatty())
    os.chdir(launch.folder)
    os.execvpe(launch.command[0], launch.command, launch.environment)  # noqa: S606 no shell is wanted


def airflow_launch(state: State, words: Sequence[str], *, terminal: bool) -> Launch:
    """
    Return how to run `airflow <words>` with the environment of the dag-processor, in the current folder.

    With containers it runs in the container of the dag-processor, with a *terminal* if there is one.

    Raises:
        BadInputError: the environment of the dag-processor cannot be read.

    """
    machine = Machine.read(state)
    template = Template(state.template(machine.stage))
    reader = next(each for each in airflow_containers(template) if each.name == DAG_PROCESSOR.name)
    here = {name: os.environ[name] for name in TERMINAL if name in os.environ}
    if machine.containers:
        docker = shutil.which("docker") or "docker"
        options = ["--interactive", *(["--tty"] if terminal else []), *(f"--env={name}" for name in here)]
        name = container_name(state, reader.program)
        return Launch([docker, "exec", *options, name, *ENTRYPOINT, "airflow", *words], os.environ, Path.cwd())
    agent = Agent(state=state, endpoint=machine.endpoint, region=template.stack.region, containers=False)
    try:
        container = registered_container(agent, reader.family, reader.name)
        command = [*container.definition["entryPoint"], "airflow"]
        launch = process_launch(
            container, agent, command=command, folder=Path.cwd(), programs=Path(sys.executable).parent
        )
    except (BotoCoreError, ClientError, CannotStartError) as error:
        advice = f"restart the stack with {advised('local down')} and {advised('local up')}"
        msg = f"cannot read the environment of the dag-processor: {error}; {advice}"
        raise BadInputError(msg) from error
    # Added here, because `process_launch` would translate paths of the image in these words.
    return Launch([*launch.command, *words], {**launch.environment, **here}, launch.folder)
