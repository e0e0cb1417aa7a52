"""A command of Airflow's in a stage; the AWS CLI is a script that runs it as ECS Exec's agent would."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from airflow_on_fargate.operations.airflow_command import AirflowCommand
from airflow_on_fargate.operations.composed_stage import ComposedService, ComposedStage
from airflow_on_fargate.operations.services import Services
from airflow_on_fargate.operations.waiting import OperationError
from constructs_lib.shared.bad_input import BadInputError
from tests.programs import code

PROJECT = Path(__file__).parents[3]
AWS = f"#!{sys.executable}\n{code('fake_aws')}"
AIRFLOW = f"#!{sys.executable}\n{code('fake_airflow')}"
WORDS = ["variables", "set", "greeting", 'it\'s $(id) `id`; #\n\\ "two words"']


class Ecs:
    """A client of ECS that knows one service with *tasks*."""

    def __init__(self, *tasks: dict[str, Any], enabled: bool = True) -> None:
        self._tasks = tasks
        self._enabled = enabled

    def describe_task_definition(self, *, taskDefinition: str) -> dict[str, Any]:  # noqa: N803 boto3's own name
        """Return a task definition with the family's containers."""
        return {"taskDefinition": {"containerDefinitions": [{"name": each} for each in taskDefinition.split()]}}

    def describe_services(self, *, cluster: str, services: Sequence[str]) -> dict[str, Any]:
        """Return the services."""
        assert cluster == "airflow-dev"
        made = {"status": "ACTIVE", "enableExecuteCommand": self._enabled}
        return {"services": [{"serviceName": name, **made} for name in services]}

    def get_paginator(self, _: str) -> "Ecs":
        """Return what pages through the tasks."""
        return self

    def paginate(self, **asked: str) -> list[dict[str, Any]]:
        """Return a page."""
        assert (asked["serviceName"], asked["desiredStatus"]) == ("airflow", "RUNNING")
        return [{"taskArns": [task["taskArn"] for task in self._tasks]}]

    def describe_tasks(self, **_: object) -> dict[str, Any]:
        """Return all tasks."""
        return {"tasks": self._tasks}


def task(name: str, hour: int, agent: str | None = "RUNNING") -> dict[str, Any]:
    """Return a task of the service, started at *hour*, whose *agent* is in that state."""
    agents = [{"name": "ExecuteCommandAgent", "lastStatus": agent}] if agent else []
    containers = [{"name": "scheduler"}, {"name": "dag-processor", "managedAgents": agents}]
    return {"taskArn": name, "startedAt": datetime(2026, 11, 1, hour, tzinfo=UTC), "containers": containers}


Command = Callable[..., AirflowCommand]


@pytest.fixture(name="command")
def _command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return what makes the command of a stage, with all programs that it needs in a folder of the PATH."""
    for name, text in (("aws", AWS), ("session-manager-plugin", "#!/bin/sh\n"), ("airflow", AIRFLOW)):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
    (tmp_path / "logs").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYTHONPATH", f"{PROJECT / 'docker'}{os.pathsep}{PROJECT}")
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    session = boto3.Session(aws_access_key_id="role", aws_secret_access_key="x", aws_session_token="token")
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.delenv("DB_HOST", raising=False)

    def make(ecs: Ecs, role: str | None = None) -> AirflowCommand:
        services = (ComposedService("worker-spot", "worker"), ComposedService("airflow", "scheduler dag-processor"))
        return AirflowCommand(Services(ComposedStage("airflow-dev", "eu-central-1", role, services), ecs), session)

    return make


def test_the_words_arrive_as_they_are_and_the_exit_code_comes_back(
    command: Command, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """The command arrives unchanged in the newest task with a running agent, and its exit code is returned."""
    tasks = (task("old", 1), task("newest", 3), task("new", 4, agent="PENDING"), task("newer", 5, agent=None))

    code = command(Ecs(*tasks)).run(WORDS)

    assert code == 7
    asked = json.loads((tmp_path / "asked.json").read_text())
    assert asked["arguments"][:10] == [
        *("ecs", "execute-command", "--region", "eu-central-1", "--cluster", "airflow-dev"),
        *("--task", "newest", "--container", "dag-processor"),
    ]
    assert asked["keys"]["AWS_PROFILE"] == "mine"
    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert json.loads(lines[1]) == [WORDS, str(tmp_path), str(tmp_path)]


def test_a_role_is_handed_on_to_the_aws_cli(command: Command, tmp_path: Path) -> None:
    """The AWS CLI gets the credentials of the role in its environment, without the caller's profile."""
    command(Ecs(task("one", 1)), role="arn:aws:iam::123456789012:role/operate").run(["version"])

    keys = json.loads((tmp_path / "asked.json").read_text())["keys"]
    assert keys == {"AWS_ACCESS_KEY_ID": "role", "AWS_SESSION_TOKEN": "token", "AWS_PROFILE": None}


def test_a_broken_session_is_reported(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that ends before its command is an error."""
    monkeypatch.setenv("BREAKS", "1")

    with pytest.raises(
        OperationError, match=r"^the ECS Exec session ended before the command did; aws .* exited with 255$"
    ):
        command(Ecs(task("one", 1))).run(["version"])


@pytest.mark.parametrize("program", ["aws", "session-manager-plugin"])
def test_a_missing_program_is_reported(command: Command, tmp_path: Path, program: str) -> None:
    """A missing program is reported with the page that describes its installation."""
    (tmp_path / "bin" / program).unlink()

    with pytest.raises(
        BadInputError, match=rf"^airflow-fargate airflow needs {program} on the PATH: .* https://docs.aws.amazon"
    ):
        command(Ecs()).run(["version"])


def test_a_stage_without_ecs_exec_is_refused(command: Command) -> None:
    """A stage without ECS Exec is refused with the setting that allows it."""
    with pytest.raises(BadInputError) as refused:
        command(Ecs(enabled=False)).run(["version"])

    assert str(refused.value) == (
        "airflow-dev does not allow ECS Exec: set execute_command=True for the stage in stages.py,"
        " then airflow-fargate deploy --stage dev"
    )


def test_a_stage_in_which_nothing_takes_commands_is_refused(command: Command) -> None:
    """A stage without a task that accepts commands is refused."""
    with pytest.raises(
        OperationError, match=r"^airflow-dev has no running dag-processor that accepts commands; airflow-fargate st"
    ):
        command(Ecs(task("old", 1, agent=None))).run(["version"])
