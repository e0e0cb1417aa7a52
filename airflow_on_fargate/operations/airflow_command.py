"""Run a command of Airflow's CLI in a deployed stage, by ECS Exec."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from airflow_on_fargate.advice import advised
from airflow_on_fargate.operations.waiting import OperationError
from constructs_lib.settings.processes import DAG_PROCESSOR
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.shared.ecs import exit_code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import IO

    import boto3

    from airflow_on_fargate.operations.services import Services

AGENT = "ExecuteCommandAgent"
"""The agent that ECS adds to a container for ECS Exec."""
ENTRYPOINT = ("python", "-m", "airflow_fargate.session")
"""Prints the exit code of the command at the end, because the AWS CLI itself always exits with 0."""
PROGRAMS = {
    "aws": "the AWS CLI, version 2: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
    "session-manager-plugin": "AWS's Session Manager plugin: "
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html",
}
TAIL = 1000
"""How many bytes at the end of the output are searched for the exit code."""


class AirflowCommand:
    """
    Runs `airflow` in the container of the dag-processor, which has the DAG files and the database.

    The AWS CLI gets the credentials of *session* if the stage has an `assume_role_arn`, else the caller's own.
    """

    def __init__(self, services: Services, session: boto3.Session) -> None:
        self._services = services
        self._stage = services.stage
        self._session = session

    def run(self, words: Sequence[str]) -> int:
        """
        Run `airflow <words>`, with input and output of this terminal, and return its exit code.

        Raises:
            BadInputError: a program is missing here, or the stage does not allow ECS Exec.
            OperationError: no dag-processor runs, or the session ended before the command did.

        """
        for program, what in PROGRAMS.items():
            if not shutil.which(program):
                msg = f"{advised('airflow')} needs {program} on the PATH: {what}"
                raise BadInputError(msg)
        command = [
            *("aws", "ecs", "execute-command", "--region", self._stage.region, "--cluster", self._stage.cluster),
            *("--task", self._task(), "--container", DAG_PROCESSOR.name, "--interactive"),
            # One text, which the agent in the container splits into words; no shell reads it.
            *("--command", shlex.join([*ENTRYPOINT, "airflow", *words])),
        ]
        with subprocess.Popen(command, env=self._environment(), stdout=subprocess.PIPE) as process:
            code = _shown(process.stdout)
        if code is None:
            msg = (
                "the ECS Exec session ended before the command did;"
                f" aws ecs execute-command exited with {process.returncode}"
            )
            raise OperationError(msg)
        return code

    def _task(self) -> str:
        """Return the ARN of the newest task in which a command can be run."""
        service = next(
            each
            for each in self._stage.services
            for container in self._services.newest_definition(each)["containerDefinitions"]
            if container["name"] == DAG_PROCESSOR.name
        )
        if not self._services.describe()[service.name].get("enableExecuteCommand"):
            msg = (
                f"{self._stage.name} does not allow ECS Exec: set execute_command=True for the stage in"
                f" stages.py, then {advised('deploy', self._stage.stage)}"
            )
            raise BadInputError(msg)
        tasks = [each for each in self._services.running_tasks(service) if _has_agent(each)]
        if not tasks:
            msg = (
                f"{self._stage.name} has no running {DAG_PROCESSOR.name} that accepts commands;"
                f" {advised('status', self._stage.stage)} shows the services"
            )
            raise OperationError(msg)
        arn: str = max(tasks, key=lambda task: task["startedAt"])["taskArn"]
        return arn

    def _environment(self) -> dict[str, str]:
        if not self._stage.assume_role_arn:
            return dict(os.environ)
        # boto3's types allow None here, but a session with a role has credentials.
        credentials: Any = self._session.get_credentials()
        role = credentials.get_frozen_credentials()
        own = {name: value for name, value in os.environ.items() if name not in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")}
        return own | {
            "AWS_ACCESS_KEY_ID": role.access_key,
            "AWS_SECRET_ACCESS_KEY": role.secret_key,
            "AWS_SESSION_TOKEN": role.token,
        }


def _has_agent(task: Mapping[str, Any]) -> bool:
    return any(
        agent["name"] == AGENT and agent.get("lastStatus") == "RUNNING"
        for container in task["containers"]
        if container["name"] == DAG_PROCESSOR.name
        for agent in container.get("managedAgents", ())
    )


def _shown(output: IO[bytes] | None) -> int | None:
    """Copy *output* to stdout as it arrives, and return the exit code at its end."""
    end = b""
    while output and (some := os.read(output.fileno(), 65536)):
        sys.stdout.buffer.write(some)
        sys.stdout.buffer.flush()
        end = (end + some)[-TAIL:]
    return exit_code(end)
