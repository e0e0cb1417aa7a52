"""The AWS endpoint as a program of its own, with a folder of tasks that a test fills."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from airflow_on_fargate.local.access_keys import owner_key
from airflow_on_fargate.local.credentials import client
from airflow_on_fargate.local.keys import keys
from airflow_on_fargate.local.ports import free_port
from airflow_on_fargate.local.state import State
from tests.clone import PROJECT
from tests.local.state_folder import MACHINE

REGION = "us-east-1"
CLUSTER = "airflow-test"
GROUP = "/airflow-test/tasks"
ROLES = "arn:aws:iam::123456789012:role/airflow-test"
LIMIT_SEC = 20
DOCKERFILE = "FROM none\nCOPY requirements.txt .\nRUN pip install --requirement requirements.txt\n"
MINE = {"AWS_ACCESS_KEY_ID": "mine", "AWS_SESSION_TOKEN": "mine", "PYTHONPATH": "mine", "SOMETHING_OF_MINE": "1"}
"""Variables of the shell that starts the stack."""


def until(done: Callable[[], bool], *, limit_sec: float = LIMIT_SEC) -> None:
    """Wait for *done*."""
    end = time.monotonic() + limit_sec
    while not done():
        assert time.monotonic() < end, f"not so after {limit_sec} s"
        time.sleep(0.05)


class Endpoint:
    """A server on a free port; its state and the tasks' folders lie in *folder*."""

    def __init__(self, folder: Path, *, containers: bool = False) -> None:
        self.tasks = folder / "tasks"
        self.tasks.mkdir(exist_ok=True)
        self.state = State(folder / "state")
        self.state.make()
        self.machine = replace(MACHINE, stage="test", containers=containers, aws_port=free_port())
        self.machine.write(self.state)
        keys(self.state, database={"username": "a", "password": "b"}, worker_role="c")
        self.write_template()
        self._families = 0

    def write_template(self, **resources: Mapping[str, Any]) -> None:
        """Write the Terraform JSON of the stage, with the *resources* of each type."""
        template = self.state.template("test")
        template.parent.mkdir(parents=True, exist_ok=True)
        template.write_text(json.dumps({"provider": {"aws": [{"region": REGION}]}, "resource": resources}))

    def start(self) -> None:
        """Start the server, and make what every task needs: a cluster, a network, a log group."""
        self.state.provisioned.unlink(missing_ok=True)
        command = [
            sys.executable,
            "-m",
            "airflow_on_fargate.local.aws",
            "--state",
            str(self.state.folder),
            "--tasks",
            str(self.tasks),
        ]
        self.process = subprocess.Popen(command, cwd=PROJECT, env=os.environ | MINE)
        until(lambda: self.state.provisioned.exists() or self.process.poll() is not None)
        assert self.process.poll() is None, "the server has ended"
        self.ecs, self.logs = self.client("ecs"), self.client("logs")
        ec2 = self.client("ec2")
        self.ecs.create_cluster(clusterName=CLUSTER)
        self.logs.create_log_group(logGroupName=GROUP)
        subnet = ec2.describe_subnets()["Subnets"][0]
        group = ec2.create_security_group(VpcId=subnet["VpcId"], GroupName="tasks", Description="tasks")
        self.network = {"subnets": [subnet["SubnetId"]], "securityGroups": [group["GroupId"]]}

    def stop(self) -> float:
        """End the server as the supervisor does; return how many seconds that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        return time.monotonic() - began

    def client(self, service: str) -> Any:  # noqa: ANN401 boto3 creates its classes at run time
        """Return a client that acts as the account's owner."""
        return client(service, key=owner_key(self.state), endpoint=self.machine.endpoint, region=REGION)

    def folder(self, name: str, **files: str) -> Path:
        """Make the folder of a task; `Dockerfile` and `main_py` name the files Dockerfile and main.py."""
        folder = self.tasks / name
        folder.mkdir()
        for file, text in {"Dockerfile": DOCKERFILE, **files}.items():
            (folder / file.replace("_", ".")).write_text(text)
        return folder

    def register(self, name: str, **container: Any) -> str:  # noqa: ANN401 as AWS takes it
        """Register a task definition whose one container is *name*; return its family."""
        self._families += 1
        family = f"airflow-test-{self._families}"
        options = {"awslogs-group": GROUP, "awslogs-region": REGION, "awslogs-stream-prefix": name}
        logs = {"logDriver": "awslogs", "options": options}
        self.ecs.register_task_definition(
            family=family,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            executionRoleArn=f"{ROLES}/{name}-execution",
            taskRoleArn=f"{ROLES}/{name}",
            containerDefinitions=[{"name": name, "image": "none", "logConfiguration": logs, **container}],
        )
        return family

    def start_task(self, family: str, overrides: Mapping[str, Any] | None = None, **parameters: Any) -> str:  # noqa: ANN401 as AWS takes it
        """Call RunTask as Airflow does; return the task's ARN."""
        if not parameters.keys() & {"launchType", "capacityProviderStrategy"}:
            parameters["capacityProviderStrategy"] = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
        started = self.ecs.run_task(
            cluster=CLUSTER,
            taskDefinition=family,
            overrides=dict(overrides or parameters.pop("overrides", {})),
            **{"networkConfiguration": {"awsvpcConfiguration": self.network}, **parameters},
        )
        arn: str = started["tasks"][0]["taskArn"]
        return arn

    def task(self, arn: str) -> dict[str, Any]:
        """Return the task as DescribeTasks has it."""
        found: dict[str, Any] = self.ecs.describe_tasks(cluster=CLUSTER, tasks=[arn], include=["TAGS"])["tasks"][0]
        return found

    def stopped(self, arn: str) -> dict[str, Any]:
        """Wait until the task has stopped, then describe it."""
        until(lambda: self.task(arn)["lastStatus"] == "STOPPED")
        return self.task(arn)

    def run(self, name: str, command: list[str] | None = None, **container: Any) -> dict[str, Any]:  # noqa: ANN401 as AWS takes it
        """Run the task of the folder *name* to its end."""
        if command:
            container["command"] = command
        return self.stopped(self.start_task(self.register(name, **container)))

    def output(self, task: Mapping[str, Any]) -> list[str]:
        """Return the lines that the task has printed."""
        name = task["containers"][0]["name"]
        stream = f"{name}/{name}/{task['taskArn'].rpartition('/')[2]}"
        events = self.logs.get_log_events(logGroupName=GROUP, logStreamName=stream, startFromHead=True)["events"]
        return [event["message"] for event in events]


@contextmanager
def running_endpoint(*, containers: bool = False) -> Iterator[Endpoint]:
    """Run a server with a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        endpoint = Endpoint(Path(folder), containers=containers)
        endpoint.start()
        yield endpoint
        endpoint.stop()
