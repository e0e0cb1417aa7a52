"""Promises of `FargateTaskOperator` when a DAG is read; test_fargate_task_run.py has those of a run."""

from pathlib import Path
from typing import Any

from tests.airflow_fargate.container import last_json, run_with_airflow
from tests.test_airflow_environment import GIVEN

RUN_ID = {"name": "RUN_ID", "value": "{{ dag.dag_id }}__{{ run_id }}"}


def operators(arguments: dict[str, dict[str, Any]], names: list[str], home: Path, **variables: str) -> dict[str, Any]:
    """Make an operator of each of *arguments*; return its attributes *names*, or why it is refused."""
    script = f"""
        import json
        from airflow_fargate import FargateTaskOperator
        found = {{}}
        for name, arguments in {arguments!r}.items():
            try:
                operator = FargateTaskOperator(**{{"task_id": "a", "task": "multi_task", **arguments}})
                found[name] = {{each: getattr(operator, each) for each in {names!r}}}
            except ValueError as error:
                found[name] = str(error)
        print(json.dumps(found))
    """
    found: dict[str, Any] = last_json(run_with_airflow(script, home, **variables))
    return found


def test_a_folder_name_is_all_it_needs(tmp_path: Path) -> None:
    """Cluster, network, family, container, logs and capacity are the stack's."""
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
                "subnets": list(GIVEN.subnet_ids),
                "securityGroups": [GIVEN.security_group_id],
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
    """Command and environment, a number too; text stays text, for Airflow to fill in when the task runs."""
    asked = {"it": {"command": ["python", "x.py", "{{ ds }}"], "environment": {"DEPTH": 3, "RUN_ID": "mine"}}}
    container = {
        "name": "multi_task",
        "command": ["python", "x.py", "{{ ds }}"],
        "environment": [{"name": "RUN_ID", "value": "mine"}, {"name": "DEPTH", "value": "3"}],
    }

    assert operators(asked, ["overrides"], tmp_path) == {"it": {"overrides": {"containerOverrides": [container]}}}


def test_capacity_can_be_chosen_in_each_of_awss_ways(tmp_path: Path) -> None:
    """A capacity provider, a launch type or a strategy; else the one of task.toml."""
    (tmp_path / "tasks/cheap").mkdir(parents=True)
    (tmp_path / "tasks/cheap/task.toml").write_text('capacity = "FARGATE_SPOT"\n')
    strategy = [{"capacityProvider": "FARGATE", "base": 1, "weight": 0}]
    asked: dict[str, dict[str, Any]] = {
        "task.toml": {},
        "capacity": {"capacity": "FARGATE"},
        "launch type": {"launch_type": "EC2"},
        "strategy": {"capacity_provider_strategy": strategy},
        "default_args": {"default_args": {"launch_type": "EC2"}},
    }
    asked = {name: {"task": "cheap", **arguments} for name, arguments in asked.items()}

    found = operators(
        asked,
        ["launch_type", "capacity_provider_strategy"],
        tmp_path,
        AIRFLOW_FARGATE_TASKS_FOLDER=str(tmp_path / "tasks"),
    )

    assert {name: list(each.values()) for name, each in found.items()} == {
        "task.toml": ["", [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]],
        "capacity": ["", [{"capacityProvider": "FARGATE", "weight": 1}]],
        "launch type": ["EC2", None],
        "strategy": ["", strategy],
        "default_args": ["EC2", None],
    }


def test_on_instances_a_task_is_packed_beside_others(tmp_path: Path) -> None:
    """The stage's capacity provider, and few instances; a DAG's own wish for the placement comes first."""
    spread = [{"type": "spread", "field": "instanceId"}]
    asked = {"it": {"capacity": "EC2"}, "spread": {"capacity": "EC2", "placement_strategy": spread}}
    strategy = [{"capacityProvider": "airflow-dev-ec2", "weight": 1}]

    found = operators(
        asked,
        ["capacity_provider_strategy", "placement_strategy"],
        tmp_path,
        AIRFLOW_FARGATE_EC2_ARCHITECTURE="X86_64",
    )

    assert found == {
        "it": {
            "capacity_provider_strategy": strategy,
            "placement_strategy": [{"type": "binpack", "field": "memory"}],
        },
        "spread": {"capacity_provider_strategy": strategy, "placement_strategy": spread},
    }


def test_a_task_goes_where_it_can_run(tmp_path: Path) -> None:
    """Its processor, size and disk say where; a DAG that asks for more is refused when it is read."""
    for name, settings in {
        "arm": 'architecture = "ARM64"',
        "disk": "ephemeral_storage_gib = 50",
        "large": 'capacity = "EC2"\ncpu = 1000\nmemory_mib = 200000',
    }.items():
        (tmp_path / "tasks" / name).mkdir(parents=True)
        (tmp_path / "tasks" / name / "task.toml").write_text(settings)
    asked: dict[str, dict[str, Any]] = {
        "processor": {"task": "arm", "capacity": "EC2"},
        "disk": {"task": "disk", "capacity": "EC2"},
        "size": {"task": "large", "capacity": "FARGATE"},
        "larger": {"task": "large", "cpu": 2000},
        "too small": {"task": "large", "cpu": 64},
    }

    found = operators(
        asked,
        ["capacity_provider_strategy"],
        tmp_path,
        AIRFLOW_FARGATE_EC2_ARCHITECTURE="X86_64",
        AIRFLOW_FARGATE_TASKS_FOLDER=str(tmp_path / "tasks"),
    )

    assert found == {
        "processor": ("arm: capacity 'EC2' needs architecture 'X86_64', which the stage's instances have, got 'ARM64'"),
        "disk": (
            "disk: ephemeral_storage_gib is for Fargate: on EC2 tasks share the disk of their instance, which"
            " ec2_capacity.root_volume_gib sizes, got 50"
        ),
        "size": "large: cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384 CPU units, got 1000",
        "larger": {"capacity_provider_strategy": [{"capacityProvider": "airflow-dev-ec2", "weight": 1}]},
        "too small": "large: cpu on EC2 must be 128 to 196608 CPU units, got 64",
    }


def test_arguments_win_over_the_stacks_values(tmp_path: Path) -> None:
    """It stays an `EcsRunTaskOperator`: what a DAG says is done."""
    said = {"cluster": "other", "deferrable": False, "waiter_delay": 60, "overrides": {"cpu": "512"}}

    assert operators({"it": said}, list(said), tmp_path) == {"it": said}


def test_the_pause_between_two_looks_is_the_environments(tmp_path: Path) -> None:
    """Where nobody throttles, a stack on one machine, a second is enough."""
    found = operators({"it": {}}, ["waiter_delay"], tmp_path, AIRFLOW_FARGATE_POLL_SEC="1")

    assert found == {"it": {"waiter_delay": 1}}


def test_what_is_wrong_is_refused_when_the_dag_is_read(tmp_path: Path) -> None:
    """It shows as an import error of the DAG, not as a failed run."""
    asked: dict[str, dict[str, Any]] = {
        "folder": {"task": "multitask"},
        "overrides": {"cpu": 256, "overrides": {}},
        "capacity": {"capacity": "FARGATE_SPOT", "launch_type": "FARGATE"},
        "command": {"command": "python x.py"},
        "cpu": {"cpu": 300},
        "pair": {"cpu": 4096},
        "later": {"cpu": "{{ params.cpu }}"},
        "unknown": {"capacity": "SPOT"},
        "share": {"capacity": {"spot_percent": 101}},
        "base": {"capacity": {"spot_percent": 50, "on_demand_base": 1}},
        "no instances": {"capacity": "EC2"},
    }

    assert operators(asked, ["cpu", "memory_mib"], tmp_path) == {
        "folder": "task='multitask' is no folder of tasks/; did you mean 'multi_task'?",
        "overrides": "multi_task: overrides and command, environment, cpu or memory_mib exclude each other, got both",
        "capacity": "multi_task: capacity and launch_type exclude each other, got both",
        "command": "multi_task: command must be a list of words such as ['python', 'main.py'], got 'python x.py'",
        "cpu": "multi_task: cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384 CPU units, got 300",
        "pair": "multi_task: memory_mib for 4096 CPU units must be 8192 to 30720 in steps of 1024, got 1024",
        # Only a run knows it.
        "later": {"cpu": "{{ params.cpu }}", "memory_mib": 1024},
        "unknown": "multi_task: capacity must be 'FARGATE', 'FARGATE_SPOT' or 'EC2', got 'SPOT'",
        "share": "multi_task: capacity.spot_percent must be less than or equal to 100, got 101",
        "base": (
            "multi_task: capacity.on_demand_base is for services, which have several tasks at a time: each start of"
            " this one is the first, and would be on demand, got 1"
        ),
        "no instances": (
            "multi_task: capacity 'EC2' needs instances: give the stage ec2_capacity in constructs_lib/stages.py, or"
            " use 'FARGATE'"
        ),
    }


def test_outside_of_the_stack_the_missing_variable_is_named(tmp_path: Path) -> None:
    """Who reads a DAG on a laptop is told what to set."""
    script = """
        import os
        del os.environ["AIRFLOW_FARGATE_CLUSTER"]
        from airflow_fargate import FargateTaskOperator
        FargateTaskOperator(task_id="a", task="multi_task")
    """

    ended = run_with_airflow(script, tmp_path)

    assert ended.stderr.splitlines()[-1] == (
        "ValueError: AIRFLOW_FARGATE_CLUSTER is not set: outside the stack's containers, set it before a DAG is read"
    )
