"""Promises of where a `FargateTaskOperator` runs its task."""

from pathlib import Path
from typing import Any

from tests.airflow_fargate.operators import operators


def test_capacity_can_be_chosen_in_each_of_awss_ways(tmp_path: Path) -> None:
    """The operator accepts a capacity provider, a launch type or a strategy; its default is the one of task.toml."""
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
    """A task on EC2 uses the stage's capacity provider and fills instances first, unless the DAG sets a placement."""
    spread = [{"type": "spread", "field": "instanceId"}]
    asked: dict[str, dict[str, Any]] = {
        "it": {"capacity": "EC2"},
        "spread": {"capacity": "EC2", "placement_strategy": spread},
    }
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
    """A task that its capacity cannot run is refused when the DAG is read."""
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
        "too large": {"task": "large", "memory_mib": 200_001},
    }

    found = operators(
        asked,
        ["capacity_provider_strategy"],
        tmp_path,
        AIRFLOW_FARGATE_EC2_ARCHITECTURE="X86_64",
        AIRFLOW_FARGATE_MAX_TASK_MEMORY_MIB="200000",
        AIRFLOW_FARGATE_TASKS_FOLDER=str(tmp_path / "tasks"),
    )

    assert found == {
        "processor": ("arm: capacity 'EC2' needs architecture 'X86_64', which the stage's instances have, got 'ARM64'"),
        "disk": (
            "disk: ephemeral_storage_gib is only for Fargate, got 50; on EC2, tasks share the disk of their"
            " instance: set ec2_capacity.root_volume_gib in stages.py"
        ),
        "size": "large: cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384 CPU units, got 1000",
        "larger": {"capacity_provider_strategy": [{"capacityProvider": "airflow-dev-ec2", "weight": 1}]},
        "too small": "large: cpu on EC2 must be 128 to 196608 CPU units, got 64",
        "too large": ("large: memory_mib must not be higher than 200000, the stage's max_task_memory_mib, got 200001"),
    }
