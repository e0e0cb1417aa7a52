"""Promises of `FargateTaskOperator` when a DAG is read; test_fargate_task_run.py has those of a run."""

from pathlib import Path
from typing import Any

import pytest

from tests.airflow.test_environment import STAGE
from tests.airflow_fargate.container import called, started, task_starter
from tests.airflow_fargate.operators import operators

TOO_LONG = (
    "multi_task: command and environment have {} characters as overrides of ECS, which allows 8192; the longest is"
    " {} with 9000: pass it in a file on the shared volume or in S3"
)
RUN_ID = {"name": "RUN_ID", "value": "{{ dag.dag_id }}__{{ run_id }}"}


def test_a_folder_name_is_all_it_needs(tmp_path: Path) -> None:
    """With a folder's name only, cluster, network, family, container, logs and capacity are the stack's."""
    expected = {
        "cluster": "airflow-dev",
        "task_definition": "airflow-dev-multi-task",
        "container_name": "multi_task",
        "awslogs_group": "/airflow-dev/tasks/multi_task",
        "awslogs_stream_prefix": "multi_task",
        "capacity_provider_strategy": [{"capacityProvider": "FARGATE", "weight": 1}],
        "placement_strategy": None,
        "network_configuration": {
            "awsvpcConfiguration": {
                "subnets": list(STAGE.subnet_ids),
                "securityGroups": [STAGE.security_group_id],
                "assignPublicIp": "DISABLED",
            }
        },
        "overrides": {"containerOverrides": [{"name": "multi_task", "environment": [RUN_ID]}]},
        "deferrable": True,
        "reattach": True,
        "aws_conn_id": None,
        "waiter_delay": 6,
    }

    assert operators({"it": {}}, list(expected), tmp_path) == {"it": expected}


def test_what_runs_can_be_overridden(tmp_path: Path) -> None:
    """A DAG can override command and environment, with numbers and templates in them."""
    asked = {"it": {"command": ["python", "x.py", "{{ ds }}"], "environment": {"DEPTH": 3, "RUN_ID": "mine"}}}
    container = {
        "name": "multi_task",
        "command": ["python", "x.py", "{{ ds }}"],
        "environment": [{"name": "RUN_ID", "value": "mine"}, {"name": "DEPTH", "value": "3"}],
    }

    assert operators(asked, ["overrides"], tmp_path) == {"it": {"overrides": {"containerOverrides": [container]}}}


def test_arguments_win_over_the_stacks_values(tmp_path: Path) -> None:
    """Arguments of `EcsRunTaskOperator` override the stack's values."""
    printed = {"cluster": "other", "deferrable": False, "waiter_delay": 60, "overrides": {"cpu": "512"}}

    assert operators({"it": printed}, list(printed), tmp_path) == {"it": printed}


def test_the_pause_between_two_looks_is_the_environments(tmp_path: Path) -> None:
    """The pause between two checks of a task comes from the environment."""
    found = operators({"it": {}}, ["waiter_delay"], tmp_path, AIRFLOW_FARGATE_POLL_SEC="1")

    assert found == {"it": {"waiter_delay": 1}}


REFUSED: dict[str, dict[str, Any]] = {
    "folder": {"task": "multitask"},
    "overrides": {"cpu": 256, "overrides": {}},
    "capacity": {"capacity": "FARGATE_SPOT", "launch_type": "FARGATE"},
    "command": {"command": "python x.py"},
    "cpu": {"cpu": 300},
    "pair": {"cpu": 4096},
    "later": {"cpu": "{{ params.cpu }}"},
    "none": {"environment": {"A": None}},
    "list": {"environment": {"A": [1]}},
    "no names": {"environment": ["A"]},
    "no name": {"environment": {"A=B": "c"}},
    "no word": {"command": ["python", None]},
    "long": {"environment": {"A": "x" * 9000}},
    "long overrides": {
        "overrides": {"containerOverrides": [{"name": "multi_task", "command": ["x" * 9000, "{{ ds }}"]}]}
    },
    "many tags": {"tags": {f"key{number}": "" for number in range(51)}},
    "tag of AWS": {"tags": {"aws:owner": "me"}},
    "tag later": {"tags": {"day": "{{ ds }}"}},
    "unknown": {"capacity": "SPOT"},
    "share": {"capacity": {"spot_percent": 101}},
    "base": {"capacity": {"spot_percent": 50, "on_demand_base": 1}},
    "no instances": {"capacity": "EC2"},
}
"""Arguments beside `task`, of which all but two are wrong: an expression has its value only in a run."""


def test_what_is_wrong_is_refused_when_the_dag_is_read(tmp_path: Path) -> None:
    """Wrong arguments are an import error of the DAG, not a failed run."""
    assert operators(REFUSED, ["cpu", "memory_mib"], tmp_path) == {
        "folder": "task='multitask' is not a folder of tasks/; did you mean 'multi_task'?",
        "overrides": "multi_task: overrides and command, environment, cpu or memory_mib exclude each other, got both",
        "capacity": "multi_task: capacity and launch_type exclude each other, got both",
        "command": "multi_task: command must be a list of words such as ['python', 'main.py'], got 'python x.py'",
        "cpu": "multi_task: cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384 CPU units, got 300",
        "pair": "multi_task: memory_mib for 4096 CPU units must be 8192 to 30720 in steps of 1024, got 1024",
        # Only a run knows it.
        "later": {"cpu": "{{ params.cpu }}", "memory_mib": 1024},
        "none": "multi_task: environment.A must be text or a number, got None",
        "list": "multi_task: environment.A must be text or a number, got a value of the type list",
        "no names": (
            "multi_task: environment must be a mapping of names to values, each of which may be an XCom, got a value of"
            " the type list"
        ),
        "no name": "multi_task: environment must name its variables in text without '=', got 'A=B'",
        "no word": "multi_task: command[1] must be text or a number, got None",
        "long": TOO_LONG.format(9115, "environment.A"),
        "long overrides": TOO_LONG.format(9064, "command[0]"),
        "many tags": "multi_task: tags must be at most 44, got 51: ECS's limit is 50, and the operator adds 6",
        "tag later": {"cpu": None, "memory_mib": None},
        "tag of AWS": (
            "multi_task: tags must have keys of 1 to 128 characters without the prefix 'aws:' and values up to 256, all"
            " text of letters, digits, spaces and _.:/=+-@, got 'aws:owner' with 'me'"
        ),
        "unknown": "multi_task: capacity must be 'FARGATE', 'FARGATE_SPOT' or 'EC2', got 'SPOT'",
        "share": "multi_task: capacity.spot_percent must be less than or equal to 100, got 101",
        "base": (
            "multi_task: capacity.on_demand_base is only for services, got 1; remove it, because each start of"
            " a task would count as the first and run on demand"
        ),
        "no instances": (
            "multi_task: capacity 'EC2' needs instances; set ec2_capacity of the stage in stages.py, or use 'FARGATE'"
        ),
    }


@pytest.mark.parametrize(
    ("task", "result"),
    [
        ("multi_task", "multi_task"),
        ("multitask", "task='multitask' is not a folder of tasks/; did you mean 'multi_task'?"),
        # Only a run knows it.
        (7, "7"),
    ],
)
def test_the_folder_of_a_mapped_task_is_checked_when_the_dag_is_read(task: object, result: str, tmp_path: Path) -> None:
    """A mapped task with a folder that does not exist is refused while the DAG is parsed, as any other."""
    assert called("operators.mapped", task, **task_starter(tmp_path)) == result


def test_outside_of_the_stack_the_missing_variable_is_named(tmp_path: Path) -> None:
    """Outside the stack the operator names the variable that must be set."""
    ended = started("operators.outside_of_the_stack", **task_starter(tmp_path))

    assert ended.stderr.splitlines()[-1] == (
        "ValueError: AIRFLOW_FARGATE_CLUSTER is not set: outside the stack's containers, set it before a DAG is read"
    )


def test_airflow_itself_still_forgets_the_execution_timeout_of_a_deferred_task(tmp_path: Path) -> None:
    """If this fails, Airflow applies the time limit: delete `FargateTaskOperator.defer` and `stop_at`."""
    assert called("operators.limit_of_airflows_deferral", **task_starter(tmp_path)) == "None"
