"""Promises of the commands that operate a stage; AWS is moto's server."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_on_fargate.operations.stage_operations import PATIENCE, StageOperations
from tests.airflow_on_fargate.cli.conftest import REGION, Client
from tests.clone import PROJECT, write_stages
from tests.command import command, refused

pytestmark = pytest.mark.programs


def test_a_call_outlasts_a_minute_without_a_network_and_ends() -> None:
    """A watch survives that minute, and an AWS that never answers ends it within ten."""
    patience = vars(PATIENCE)
    attempts = patience["retries"]["total_max_attempts"]

    assert attempts * patience["connect_timeout"] > 60
    assert attempts * (patience["connect_timeout"] + patience["read_timeout"]) < 600


@pytest.mark.usefixtures("ecs")
def test_a_stage_that_is_not_deployed_is_reported() -> None:
    """A stage that is not deployed is reported in one sentence."""
    sentence = refused("status", "--stage", "dev")

    assert (
        sentence
        == f"error: airflow-dev has no service airflow in {REGION}: airflow-fargate deploy --stage dev creates it"
    )


@pytest.mark.usefixtures("ecs")
@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_a_stage_that_is_not_there_cannot_be_paused(verb: str) -> None:
    """A stage that is not deployed cannot be paused or resumed."""
    assert (
        refused(verb, "--stage", "dev")
        == f"error: airflow-dev is not deployed in {REGION}: airflow-fargate deploy --stage dev creates it"
    )


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("verb", ["status", "watch"])
def test_aws_out_of_reach_is_one_sentence(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unreachable AWS is one sentence with boto3's message and the command."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    ended = command(verb, "--stage", "dev")

    assert ended.code == 1
    assert ended.errors.startswith(
        f"error: {verb} of airflow-dev failed, because a call of AWS failed: Could not connect to the endpoint"
    )
    assert len(ended.errors.splitlines()) == 1


@pytest.mark.usefixtures("project")
def test_a_stage_that_is_not_in_the_file_is_refused() -> None:
    """A misspelled stage is refused with the most similar one, before anything is composed."""
    assert refused("status", "--stage", "dve") == "error: stage 'dve' is not in stages.py; did you mean 'dev'?"


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("verb", ["status", "watch"])
def test_what_is_deployed_is_printed(verb: str) -> None:
    """`status` prints the state once, and `watch` until all is complete."""
    ended = command(verb, "--stage", "dev")

    assert (ended.code, ended.errors) == (0, "")
    assert ended.output.endswith("  airflow  completed, 1 of 1 tasks running\n")


@pytest.mark.usefixtures("deployed")
def test_a_status_is_json_for_programs() -> None:
    """With `--json` the output is one object: what runs, and the state of each service."""
    ended = command("status", "--stage", "dev", "--json")

    assert json.loads(ended.output) == {
        "stage": "dev",
        "runs": None,
        "services": [{"name": "airflow", "state": "completed", "running": 1, "desired": 1}],
    }


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("words", [["--line=dags list"], ["dags", "list", "--output", "json", "--help"]])
def test_a_command_of_airflows_needs_ecs_exec(
    words: list[str], project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without ECS Exec, a command of Airflow is refused, as words and as one line."""
    for name in ("aws", "session-manager-plugin"):
        (tmp_path / name).write_text("#!/bin/sh\ntouch ran\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    sentence = refused("airflow", "--stage", "dev", *words)

    assert sentence.startswith("error: airflow-dev does not allow ECS Exec: set execute_command=True for the stage")
    assert not (project / "ran").exists()


@pytest.mark.usefixtures("deployed")
def test_ctrl_c_leaves_without_harm(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C prints that the deployment continues, and the command that shows it."""
    monkeypatch.setenv("MOTO_ECS_SERVICE_RUNNING", "0")
    write_stages(project, "stage='dev'")
    watching = subprocess.Popen(
        [sys.executable, "-m", "airflow_on_fargate", "watch", "--stage", "dev"],
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout
    assert (
        watching.stdout.readline()
        == "Watching the deployment of airflow-dev; Ctrl-C stops watching, the deployment continues\n"
    )

    watching.send_signal(signal.SIGINT)
    _, output = watching.communicate(timeout=10)

    sentence = "\ninterrupted; the deployment continues; airflow-fargate status --stage dev shows its state\n"
    assert output == sentence
    assert watching.returncode == 130


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize(
    ("verb", "sentence"),
    [
        ("status", "nothing was changed"),
        ("pause", "airflow-fargate pause --stage dev continues from here"),
        ("resume", "airflow-fargate resume --stage dev continues from here"),
    ],
)
def test_an_interruption_is_one_sentence(verb: str, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C prints what becomes of the stage, and the exit code is that of shells."""
    monkeypatch.setattr(StageOperations, "of", lambda *_, **__: signal.raise_signal(signal.SIGINT))

    ended = command(verb, "--stage", "dev")

    assert (ended.code, ended.errors) == (130, f"\ninterrupted; {sentence}\n")


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_deployment_that_was_rolled_back_has_another_exit_code(options: list[str], ecs: Client) -> None:
    """The state is printed, and the exit code is 1 with one sentence."""
    container = {"name": "dag-processor", "image": "newer", "memory": 512}
    ecs.register_task_definition(family="airflow-dev-airflow", containerDefinitions=[container])

    ended = command("status", "--stage", "dev", *options)

    assert ended.code == 1
    assert "rolled back" in ended.output
    assert ended.errors.startswith("error: the deployment of airflow-dev failed: airflow rolled back: ")
