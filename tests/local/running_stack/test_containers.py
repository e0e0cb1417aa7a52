"""Promises of `make local CONTAINERS=1`: the real images, a container for each process and for each on-demand task."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, unquote

import pytest

from airflow_on_fargate.local.containers import airflow_containers
from airflow_on_fargate.local.credentials import credentials_environment
from airflow_on_fargate.local.docker import container_name
from airflow_on_fargate.local.template import Template
from constructs_lib.settings.processes import MIGRATE, PROCESSES
from constructs_lib.shared.containers import RUN_DAG_CODE
from tests.docker.airflow_image import docker
from tests.local.stack import Stack
from tests.local.stack_in_containers import containers, inspected, python, running_in_containers
from tests.programs import code

pytestmark = [pytest.mark.docker, pytest.mark.local]

NAMES = [process.name for process in PROCESSES]
FIRST = {
    "api-server": "gunicorn: master",
    "scheduler": "airflow_fargate.process scheduler",
    "dag-processor": "airflow_fargate.process dag-processor",
    "triggerer": "airflow_fargate.process triggerer",
    "worker": "MainProcess] -active- (celery worker",
}
"""What the process calls itself that the init process has started."""
KEYS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"}


@pytest.fixture(name="stack", scope="module")
def _stack() -> Iterator[Stack]:
    """Run the stage `dev` in containers."""
    with running_in_containers("dev") as stack:
        yield stack


def variables(inspected: Mapping[str, Any]) -> dict[str, str]:
    """Return the environment of a container or of an image."""
    return dict(each.split("=", 1) for each in inspected["Config"]["Env"])


def registered(stack: Stack) -> dict[str, dict[str, Any]]:
    """Return the container definitions of Airflow's processes, as ECS knows them."""
    ecs = stack.client("ecs")
    task = ecs.describe_task_definition(taskDefinition="airflow-dev-airflow")["taskDefinition"]
    return {each["name"]: each for each in task["containerDefinitions"]}


@contextmanager
def started_tasks(stack: Stack) -> Iterator[list[str]]:
    """Yield a list that has the images of the on-demand tasks that start meanwhile, when the block has ended."""
    images: list[str] = []
    label = f"label=airflow-local.task={stack.state.folder.resolve()}"
    # Docker keeps the last 256 events, and each health check makes three: they are read while they come.
    command = ["docker", "events", "--filter=event=start", f"--filter={label}", "--format={{.Actor.Attributes.image}}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as events:
        yield images
        events.terminate()
        output, _ = events.communicate()
    images += [image.partition(":")[0] for image in output.split()]


def test_each_process_is_healthy_by_its_own_check(stack: Stack) -> None:
    """Each process is healthy by the health check of its task definition."""
    composed = {each.name: each.definition for each in airflow_containers(Template(stack.state.template("dev")))}

    assert len(containers(stack, "process")) == len(PROCESSES)
    for name in NAMES:
        found = inspected(stack, name)
        assert found["State"]["Health"]["Status"] == "healthy"
        assert found["Config"]["Healthcheck"]["Test"] == [
            "CMD-SHELL",
            " ".join(composed[name]["healthCheck"]["command"][1:]),
        ]
        assert found["Config"]["Image"] == f"airflow-dev-airflow:{composed[name]['image'].rpartition(':')[2]}"
        assert found["Config"]["Cmd"] == composed[name]["command"]


def test_a_command_of_airflows_runs_in_a_container(stack: Stack) -> None:
    """A command of Airflow runs in a container with DAGs and database, and returns its exit code."""
    listed = stack.command("airflow", "dags", "list", "--output=json")
    missing = stack.command("airflow", "variables", "get", "missing")

    assert listed.returncode == 0, listed.stdout + listed.stderr
    assert "/opt/airflow/dags/test_dag.py" in listed.stdout
    assert missing.returncode == 1


def test_a_container_has_the_variables_of_its_task_definition(stack: Stack) -> None:
    """A container has exactly the variables of its task definition, its secrets, its agent and its image."""
    composed = {each.name: each.definition for each in airflow_containers(Template(stack.state.template("dev")))}
    definitions = registered(stack)
    credentials = credentials_environment(stack.state, endpoint="", region="", role_arn="any", process="")

    assert composed.keys() == {MIGRATE.name, *NAMES}
    for name in NAMES:
        found = variables(inspected(stack, name))
        defined = {each["name"]: each["value"] for each in definitions[name]["environment"]}
        secrets = {each["name"] for each in definitions[name]["secrets"]}
        [image] = json.loads(docker("image", "inspect", inspected(stack, name)["Image"]))
        assert {each["name"] for each in composed[name]["environment"]} <= defined.keys()
        assert {each["name"] for each in composed[name]["secrets"]} == secrets
        assert {key: found[key] for key in defined} == defined
        assert found.keys() == defined.keys() | secrets | {"ECS_AGENT_URI", *credentials, *variables(image)}


def test_a_container_is_its_role_and_has_no_key(stack: Stack) -> None:
    """A container gets its role's credentials from the endpoint and has no key."""
    assert ":assumed-role/airflow-dev-airflow-task/" in python(stack, "worker", code("caller"))
    for name in NAMES:
        assert variables(inspected(stack, name)).keys() & KEYS == set()


def test_the_init_process_runs_airflow_and_nobody_is_root(stack: Stack) -> None:
    """The init process runs Airflow directly, as the volume's user."""
    for name in NAMES:
        listed = docker("top", container_name(stack.state, name), "-eo", "pid,ppid,uid,gid,args")
        _, *processes = [line.split(maxsplit=4) for line in listed.splitlines()]
        # A health check's process has no parent in the container either.
        init_pid = docker("inspect", "--format={{.State.Pid}}", container_name(stack.state, name)).strip()
        [init] = [each for each in processes if each[0] == init_pid]
        docker_init = "" if name in RUN_DAG_CODE else "/sbin/docker-init -- "
        assert init[4].startswith(f"{docker_init}python -m airflow_fargate ")
        assert FIRST[name] in next(each[4] for each in processes if each[1] == init[0])
        assert {(each[2], each[3]) for each in processes} == {("50000", "0")}


def test_the_sample_runs_in_containers(stack: Stack) -> None:
    """The sample runs with containers as tasks, a shared volume, and their output in Airflow's log."""
    with started_tasks(stack) as started:
        ran = stack.command("run", "Test_Dag", "--conf", '{"upper_bound": 6}')

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.splitlines()[-1] == "Test_Dag: success"
    [url] = [line for line in ran.stdout.splitlines() if line.startswith("Test_Dag runs: ")]
    run_id = unquote(url.rpartition("/")[2])
    numbers = stack.state.shared_volume / f"run-{quote(f'Test_Dag__{run_id}', safe='')}" / "numbers.txt"
    assert numbers.read_text().split() == list("123456")
    assert numbers.stat().st_uid == 50000
    odd_task = stack.wait_for_run("Test_Dag", run_id)["odd_task"]
    assert "odd: [1, 3, 5]" in "\n".join(stack.api.log_lines("Test_Dag", run_id, odd_task))
    assert sorted(started) == ["airflow-dev-multi-task", "airflow-dev-multi-task", "airflow-dev-number-task"]
    assert containers(stack, "task") == []


def test_an_edited_dag_shows(stack: Stack) -> None:
    """An edited DAG appears without a build, and the container cannot write to the folder."""
    file = stack.folder / "dags/fresh.py"
    file.write_text("from airflow.sdk import DAG\nwith DAG('fresh'): pass\n")
    try:
        assert stack.wait_until_known("fresh") <= 10
    finally:
        file.unlink()
    assert python(stack, "dag-processor", code("read_only")) == "True"


def test_a_container_that_a_crash_leaves_behind_gives_way(stack: Stack) -> None:
    """A container that a crash left is replaced."""
    before = inspected(stack, "triggerer")["Id"]
    os.kill(stack.supervisor.process_ids()["triggerer"], signal.SIGKILL)
    end = time.monotonic() + 60
    name = container_name(stack.state, "triggerer")
    state = ("ps", "--no-trunc", f"--filter=name={name}", "--filter=health=healthy", "--format={{.ID}}")

    while (found := docker(*state).split()) in ([], [before]):
        assert time.monotonic() < end, found
        time.sleep(0.5)

    assert len(containers(stack, "process")) == len(PROCESSES)


def test_no_container_is_left(stack: Stack) -> None:
    """`make local-down` removes all containers, also those of on-demand tasks."""
    run_id = stack.trigger("slow")
    stack.wait_for_state("slow", run_id, "slow_task", "deferred")
    end = time.monotonic() + 20
    while not containers(stack, "task"):
        assert time.monotonic() < end
        time.sleep(0.2)

    down = stack.command("down")

    assert down.returncode == 0, down.stderr
    assert containers(stack, "process") + containers(stack, "task") == []
