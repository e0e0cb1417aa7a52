"""Promises of the commands behind make, run as make runs them; AWS is moto's server."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from airflow_on_fargate.operations.__main__ import PATIENCE, main
from tests.variants import changed

PROJECT = Path(__file__).parents[3]
REGION = "eu-central-1"
Ecs = Any


@pytest.fixture(name="environment", scope="module")
def _environment() -> Iterator[dict[str, str]]:
    """Serve AWS's API on loopback, and return the environment that leads there."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }
    server.stop()


@pytest.fixture(name="project", scope="module")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the composed JSON of a stage whose Terraform takes a role."""
    folder = tmp_path_factory.mktemp("project")
    stack = folder / "cdktf.out" / "stacks" / "airflow-dev"
    stack.mkdir(parents=True)
    template = changed("compact", region=REGION, assume_role_arn="arn:aws:iam::123456789012:role/deploy")
    (stack / "cdk.tf.json").write_text(json.dumps(template.document))
    return folder


@pytest.fixture(name="ecs")
def _ecs(environment: dict[str, str]) -> Iterator[Ecs]:
    """Return the ECS that the program asks, with an empty cluster."""
    ecs = boto3.client(
        "ecs",
        region_name=REGION,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    ecs.create_cluster(clusterName="airflow-dev")
    yield ecs
    for service in ecs.list_services(cluster="airflow-dev")["serviceArns"]:
        ecs.delete_service(cluster="airflow-dev", service=service, force=True)


def command(*words: str) -> list[str]:
    """Return the command that make runs."""
    return [sys.executable, "-m", "airflow_on_fargate.operations", *words]


def surroundings(environment: dict[str, str]) -> dict[str, str]:
    """Return the environment of the program."""
    return {**os.environ, "PYTHONPATH": str(PROJECT), **environment}


def run(*words: str, project: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the command that make runs."""
    return subprocess.run(
        command(*words),
        cwd=project,
        env=surroundings(environment),
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_names_the_verbs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The help lists every verb with its meaning."""
    monkeypatch.setattr(sys, "argv", ["operations", "--help"])

    with pytest.raises(SystemExit, match="0"):
        main()

    verbs = {"status", "watch", "airflow", "pause", "resume", "stop-tasks", "refuse-paused"}
    assert verbs <= set(capsys.readouterr().out.split())


def test_a_call_outlasts_a_minute_without_a_network_and_ends() -> None:
    """A watch survives that minute, and an AWS that never answers ends it within ten."""
    patience = vars(PATIENCE)
    attempts = patience["retries"]["total_max_attempts"]

    assert attempts * patience["connect_timeout"] > 60
    assert attempts * (patience["connect_timeout"] + patience["read_timeout"]) < 600


@pytest.mark.programs
@pytest.mark.usefixtures("ecs")
def test_a_stage_that_is_not_deployed_is_reported(project: Path, environment: dict[str, str]) -> None:
    """A stage that is not deployed is reported in one sentence."""
    done = run("status", "dev", project=project, environment=environment)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (f"error: airflow-dev has no service airflow in {REGION}: make deploy STAGE=dev creates it\n")


@pytest.mark.programs
@pytest.mark.usefixtures("ecs")
@pytest.mark.parametrize("verb", ["pause", "resume", "refuse-paused"])
def test_a_stage_that_is_not_there_cannot_be_paused(verb: str, project: Path, environment: dict[str, str]) -> None:
    """A stage that is not deployed cannot be paused, but can be deployed."""
    done = run(verb, "dev", project=project, environment=environment)

    refused = f"error: airflow-dev is not deployed in {REGION}: make deploy STAGE=dev\n"
    assert (done.returncode, done.stderr) == ((0, "") if verb == "refuse-paused" else (1, refused))


@pytest.mark.programs
@pytest.mark.parametrize(("verb", "target"), [("status", "status"), ("refuse-paused", "deploy"), ("watch", "deploy")])
def test_aws_out_of_reach_is_one_sentence(verb: str, target: str, project: Path, environment: dict[str, str]) -> None:
    """An unreachable AWS is one sentence with boto3's message and the make target."""
    closed = environment | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"}

    done = run(verb, "dev", project=project, environment=closed)

    assert done.returncode == 1
    assert done.stderr.startswith(
        f"error: make {target} of airflow-dev failed, because a call of AWS failed: Could not connect to the endpoint"
    )
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.programs
@pytest.mark.parametrize("verb", ["status", "watch"])
def test_what_is_deployed_is_printed(
    verb: str, project: Path, environment: dict[str, str], ecs: Ecs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`status` prints the state once, and `watch` until all is complete."""
    monkeypatch.setenv("MOTO_ECS_SERVICE_RUNNING", "1")
    deploy(ecs)

    done = run(verb, "dev", project=project, environment=environment)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("  airflow  completed, 1 of 1 tasks running\n")


@pytest.mark.programs
def test_tasks_are_stopped_before_a_destroy(project: Path, environment: dict[str, str], ecs: Ecs) -> None:
    """AUTO_APPROVE=1 stops the tasks without the question, and a second run has nothing to do."""
    deploy(ecs)

    first, second = (
        run("stop-tasks", "--auto-approve", "--", "dev", project=project, environment=environment) for _ in range(2)
    )

    assert (first.returncode, first.stderr, second.returncode) == (0, "", 0)
    assert first.stdout.splitlines()[0].endswith("  airflow: desired count set to 0")
    assert first.stdout.endswith("  no task runs in airflow-dev\n")
    assert second.stdout == "no task runs in airflow-dev\n"


@pytest.mark.programs
@pytest.mark.parametrize("words", [("--line=dags list", "--", "dev"), ("dev", "dags", "list", "--output", "json")])
def test_a_command_of_airflows_needs_ecs_exec(
    words: tuple[str, ...], project: Path, environment: dict[str, str], ecs: Ecs, tmp_path: Path
) -> None:
    """Without ECS Exec, a command of Airflow is refused, as words and as one line."""
    deploy(ecs, container="dag-processor")
    for name in ("aws", "session-manager-plugin"):
        (tmp_path / name).write_text("#!/bin/sh\ntouch ran\n")
        (tmp_path / name).chmod(0o755)

    done = run("airflow", *words, project=project, environment=environment | {"PATH": str(tmp_path)})

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: airflow-dev does not allow ECS Exec: set execute_command=True for the stage")
    assert not (project / "ran").exists()


@pytest.mark.programs
def test_ctrl_c_leaves_without_harm(project: Path, environment: dict[str, str], ecs: Ecs) -> None:
    """Ctrl-C prints that the deployment continues, and the command that shows it."""
    deploy(ecs)
    watching = subprocess.Popen(
        command("watch", "dev"),
        cwd=project,
        env=surroundings(environment),
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

    assert output == "\ninterrupted; the deployment continues; make status STAGE=dev shows its state\n"
    assert watching.returncode == 130


def deploy(ecs: Ecs, *, container: str = "x") -> None:
    """Let ECS have the stage's only service, as Terraform leaves it."""
    family = "airflow-dev-airflow"
    ecs.register_task_definition(family=family, containerDefinitions=[{"name": container, "image": "x", "memory": 512}])
    ecs.create_service(cluster="airflow-dev", serviceName="airflow", taskDefinition=family, desiredCount=1)
