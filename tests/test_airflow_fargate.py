"""What the Airflow image adds to Airflow, each part in a process of its own, as in a container."""

import importlib.util
import json
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from constructs_lib.airflow_environment import environment
from tests.requirements_of_machine import require
from tests.test_airflow_environment import GIVEN

PROJECT = Path(__file__).parents[1]
HEALTH = PROJECT / "docker/airflow_fargate/health.py"


def run(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python with *arguments* in an environment of *variables*."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT / "docker"), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


class TestHealth:
    @pytest.fixture
    def answer(self) -> Iterator[tuple[int, list[int]]]:
        """Return the port of a server, and the list whose last number is the status it answers with."""
        status = [200]

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status[-1] if self.path == "/api/v2/version" else 404)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        with HTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield server.server_port, status
            server.shutdown()
            thread.join()

    def test_an_api_server_is_healthy_as_long_as_it_answers(self, answer: tuple[int, list[int]]) -> None:
        """200 is healthy; an error and silence are not, and are said."""
        port, status = answer
        healthy = run("-I", "-S", HEALTH, "api-server", AIRFLOW__API__PORT=str(port))
        status.append(500)
        broken = run("-I", "-S", HEALTH, "api-server", AIRFLOW__API__PORT=str(port))
        silent = run("-I", "-S", HEALTH, "api-server", AIRFLOW__API__PORT="1")

        assert (healthy.returncode, healthy.stderr) == (0, "")
        assert broken.returncode == 1
        assert broken.stderr.startswith("api-server answers HTTP/1.0 500")
        assert silent.returncode == 1
        assert silent.stderr.startswith("api-server does not answer")

    @pytest.mark.parametrize(("age_sec", "code"), [(0, 0), (150, 0), (200, 1)])
    def test_a_process_is_healthy_until_its_heartbeat_is_older_than_a_failover(
        self, tmp_path: Path, age_sec: int, code: int
    ) -> None:
        """Two minutes without a database kill no process; one that hangs is found."""
        heartbeat = tmp_path / "heartbeat"
        heartbeat.touch()
        os.utime(heartbeat, (time.time() - age_sec,) * 2)

        checked = run("-I", "-S", HEALTH, "scheduler", AIRFLOW_FARGATE_HEARTBEAT_FILE=str(heartbeat))

        assert checked.returncode == code

    def test_a_process_without_a_heartbeat_has_not_begun(self, tmp_path: Path) -> None:
        """The first heartbeat is what ECS waits for."""
        checked = run("-I", "-S", HEALTH, "worker", AIRFLOW_FARGATE_HEARTBEAT_FILE=str(tmp_path / "none"))

        assert checked.returncode == 1
        assert checked.stderr.startswith("worker has not begun to work")


class TestEntrypoint:
    DATABASE: Mapping[str, str] = {
        "DB_HOST": "db.internal",
        "DB_PORT": "5432",
        "DB_NAME": "airflow",
        "DB_USER": "air:flow",
        "DB_PASSWORD": "p%@/:#x y",
    }

    def test_hands_the_database_url_to_the_command(self) -> None:
        """The password is quoted, and the command gets the signals that ECS sends: it is the same process."""
        script = "import os; print(os.getpid(), os.environ['AIRFLOW__DATABASE__SQL_ALCHEMY_CONN'])"
        command = [sys.executable, "-m", "airflow_fargate", sys.executable, "-c", script]
        with subprocess.Popen(
            command, env={"PYTHONPATH": str(PROJECT / "docker"), **self.DATABASE}, stdout=subprocess.PIPE, text=True
        ) as process:
            output, _ = process.communicate()

        url = "postgresql+psycopg2://air%3Aflow:p%25%40%2F%3A%23x%20y@db.internal:5432/airflow"
        assert output.split() == [str(process.pid), url]

    def test_a_missing_part_of_the_database_is_named(self) -> None:
        """A container with half of its environment ends at once."""
        ended = run("-m", "airflow_fargate", "true", DB_HOST="db.internal")

        assert ended.returncode == 1
        assert "DB_USER" in ended.stderr.splitlines()[-1]


def run_with_airflow(script: str, home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run *script* with Airflow and the variables that a dag-processor has for on-demand tasks."""
    require("Airflow", present=importlib.util.find_spec("airflow") is not None)
    given = {name: value for name, value in environment("dag-processor", GIVEN).items() if "AIRFLOW_FARGATE" in name}
    given |= {"AIRFLOW_HOME": str(home), "AIRFLOW_FARGATE_TASKS_FOLDER": str(PROJECT / "tasks"), **variables}
    return run("-c", textwrap.dedent(script), **given)


def last_json(process: subprocess.CompletedProcess[str]) -> dict[str, object]:
    """Return what *process*, which must have ended well, printed last."""
    assert process.returncode == 0, process.stderr
    found: dict[str, object] = json.loads(process.stdout.splitlines()[-1])
    return found


class TestFargateTaskOperator:
    def test_a_folder_name_is_all_it_needs(self, tmp_path: Path) -> None:
        """Cluster, network, family, container, logs and capacity are the stack's."""
        script = """
            import json
            from airflow_fargate import FargateTaskOperator
            task = FargateTaskOperator(task_id="a", task="multi_task", command=["python", "x.py"])
            names = ("cluster", "task_definition", "container_name", "awslogs_group", "awslogs_stream_prefix",
                     "capacity_provider_strategy", "network_configuration", "overrides", "deferrable", "reattach",
                     "aws_conn_id")
            print(json.dumps({name: getattr(task, name) for name in names}))
        """

        assert last_json(run_with_airflow(script, tmp_path)) == {
            "cluster": "airflow-dev",
            "task_definition": "airflow-dev-multi-task",
            "container_name": "multi_task",
            "awslogs_group": "/airflow-dev/tasks/multi_task",
            "awslogs_stream_prefix": "multi_task",
            "capacity_provider_strategy": [{"capacityProvider": "FARGATE", "weight": 1}],
            "network_configuration": {
                "awsvpcConfiguration": {
                    "subnets": list(GIVEN.subnet_ids),
                    "securityGroups": [GIVEN.security_group_id],
                    "assignPublicIp": "DISABLED",
                }
            },
            "overrides": {
                "containerOverrides": [
                    {
                        "name": "multi_task",
                        "environment": [{"name": "RUN_ID", "value": "{{ dag.dag_id }}__{{ run_id }}"}],
                        "command": ["python", "x.py"],
                    }
                ]
            },
            "deferrable": True,
            "reattach": True,
            "aws_conn_id": None,
        }

    def test_arguments_and_default_args_win_over_the_stacks_values(self, tmp_path: Path) -> None:
        """It stays an `EcsRunTaskOperator`: what a DAG says is done."""
        script = """
            import json
            from airflow.sdk import DAG
            from airflow_fargate import FargateTaskOperator
            with DAG("d", schedule=None, default_args={"deferrable": False}):
                task = FargateTaskOperator(task_id="a", task="multi_task", launch_type="EC2", cluster="other",
                                           environment={"RUN_ID": "1"})
            names = ("deferrable", "launch_type", "capacity_provider_strategy", "cluster", "overrides")
            print(json.dumps({name: getattr(task, name) for name in names}))
        """

        assert last_json(run_with_airflow(script, tmp_path)) == {
            "deferrable": False,
            "launch_type": "EC2",
            "capacity_provider_strategy": None,
            "cluster": "other",
            "overrides": {
                "containerOverrides": [{"name": "multi_task", "environment": [{"name": "RUN_ID", "value": "1"}]}]
            },
        }

    def test_capacity_is_that_of_the_task_toml(self, tmp_path: Path) -> None:
        """A task on Spot is started on Spot."""
        (tmp_path / "tasks/cheap").mkdir(parents=True)
        (tmp_path / "tasks/cheap/task.toml").write_text('capacity = "FARGATE_SPOT"\n')
        script = """
            import json
            from airflow_fargate import FargateTaskOperator
            task = FargateTaskOperator(task_id="a", task="cheap")
            print(json.dumps({"capacity": task.capacity_provider_strategy}))
        """

        found = last_json(run_with_airflow(script, tmp_path, AIRFLOW_FARGATE_TASKS_FOLDER=str(tmp_path / "tasks")))

        assert found == {"capacity": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}

    def test_refuses_when_the_dag_is_read(self, tmp_path: Path) -> None:
        """A misspelt folder shows as an import error of the DAG, not as a failed run."""
        script = """
            import json
            from airflow_fargate import FargateTaskOperator
            said = {}
            for name, arguments in {
                "near": {"task": "multitask"},
                "far": {"task": "x"},
                "both": {"task": "multi_task", "command": ["a"], "overrides": {}},
            }.items():
                try:
                    FargateTaskOperator(task_id="a", **arguments)
                except ValueError as error:
                    said[name] = str(error)
            print(json.dumps(said))
        """

        assert last_json(run_with_airflow(script, tmp_path)) == {
            "near": "task='multitask' is no folder of tasks/; did you mean 'multi_task'?",
            "far": "task='x' is no folder of tasks/; there are multi_task, number_task",
            "both": "multi_task: overrides and command exclude each other, got both",
        }


def test_the_sample_dag_runs_odd_and_even_numbers_side_by_side(tmp_path: Path) -> None:
    """Two scripts of one image in parallel, then their join, then work on a worker."""
    script = f"""
        import json, runpy
        dag = runpy.run_path("{PROJECT / "dags/test_dag.py"}")["test_dag"]()
        graph = {{task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}}
        commands = {{task.task_id: task.overrides["containerOverrides"][0].get("command")
                    for task in dag.tasks if hasattr(task, "overrides")}}
        found = {{"id": dag.dag_id, "graph": graph, "commands": commands, "bound": dag.params["upper_bound"]}}
        print(json.dumps(found))
    """

    assert last_json(run_with_airflow(script, tmp_path)) == {
        "id": "Test_Dag",
        "graph": {
            "start_process": ["even_task", "odd_task"],
            "odd_task": ["numbers_task"],
            "even_task": ["numbers_task"],
            "numbers_task": ["on_worker_task"],
            "on_worker_task": [],
        },
        "commands": {
            "odd_task": ["python", "odd_numbers.py", "{{ params.upper_bound }}"],
            "even_task": ["python", "even_numbers.py", "{{ params.upper_bound }}"],
            "numbers_task": None,
        },
        "bound": 10,
    }


def test_a_process_beats_before_it_reaches_for_the_database(tmp_path: Path) -> None:
    """A heartbeat that the database refuses is a sign of life all the same."""
    heartbeat = tmp_path / "heartbeat"
    script = """
        from airflow_fargate import process
        def refuse(*_, **__):
            raise ConnectionError("no database")
        process._heartbeat = refuse
        try:
            process._heartbeat_and_beat(None)
        except ConnectionError:
            print('{"refused": true}')
    """

    ended = run_with_airflow(script, tmp_path, AIRFLOW_FARGATE_HEARTBEAT_FILE=str(heartbeat))

    assert last_json(ended) == {"refused": True}
    assert heartbeat.exists()
