"""
Act as ECS' agent for a container of the Airflow image, then become its process.

Secrets are read with the execution role and handed over as variables; the process has the task role.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from airflow_on_fargate.local.containers import program_name
from airflow_on_fargate.local.docker import PROCESS, docker_launch
from airflow_on_fargate.local.launch import Agent, CannotStartError, Container, Launch, process_launch
from airflow_on_fargate.local.machine import Machine
from airflow_on_fargate.local.state import State
from constructs_lib.engine.synthesized_stack import SynthesizedStack


def main() -> None:
    """Read the registered task definition, and become its process."""
    parser = argparse.ArgumentParser(prog="python -m airflow_on_fargate.local.agent", description=__doc__)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--family", required=True, help="of the task definition")
    parser.add_argument("--container", required=True, help="its name in the task definition")
    asked = parser.parse_args()
    state = State(asked.state.resolve())
    machine = Machine.read(state)
    agent = Agent(
        state=state,
        endpoint=machine.endpoint,
        region=SynthesizedStack.read(state.template(machine.stage)).region,
        containers=machine.containers,
    )
    try:
        launch = registered_launch(agent, asked.family, asked.container)
    except CannotStartError as error:
        sys.exit(str(error))
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"{asked.container} of {asked.family} cannot start: {error}")
    os.chdir(launch.folder)
    os.execvpe(launch.command[0], launch.command, launch.environment)  # noqa: S606 no shell is wanted


def registered_container(agent: Agent, family: str, name: str) -> Container:
    """
    Return the container *name* of the newest task definition of *family*.

    Raises:
        CannotStartError: there is no such container.
        BotoCoreError: AWS cannot be reached.
        ClientError: there is no such family.

    """
    task = agent.client("ecs").describe_task_definition(taskDefinition=family)["taskDefinition"]
    definitions = {each["name"]: each for each in task["containerDefinitions"]}
    if name not in definitions:
        msg = f"{family} has no container {name!r}; its containers are {', '.join(sorted(definitions))}"
        raise CannotStartError(msg)
    return Container(
        definition=definitions[name],
        task_role_arn=task.get("taskRoleArn"),
        execution_role_arn=task.get("executionRoleArn"),
        process=program_name(family, name),
    )


def registered_launch(agent: Agent, family: str, name: str) -> Launch:
    """
    Return how the container *name* of the newest task definition of *family* starts.

    Raises:
        CannotStartError: there is no such container, a secret cannot be read, or there is no Docker.
        BotoCoreError: AWS cannot be reached.
        ClientError: there is no such family.

    """
    return launch_of(registered_container(agent, family, name), agent)


def launch_of(container: Container, agent: Agent) -> Launch:
    """
    Return how a *container* of the Airflow image starts, in Docker or as a process.

    Raises:
        CannotStartError: a secret cannot be read, or there is no Docker.
        BotoCoreError: AWS cannot be reached.

    """
    if not agent.containers:
        command = [*container.definition.get("entryPoint", []), *container.command]
        programs = Path(sys.executable).parent
        return process_launch(container, agent, command=command, folder=agent.state.airflow_home, programs=programs)
    init = container.definition.get("linuxParameters", {}).get("initProcessEnabled", False)
    launch = docker_launch(container, agent, kind=PROCESS, init=init)
    # A crash may have left a container with this name.
    subprocess.run([launch.command[0], "rm", "--force", str(launch.name)], capture_output=True, check=False)
    return launch


if __name__ == "__main__":
    main()
