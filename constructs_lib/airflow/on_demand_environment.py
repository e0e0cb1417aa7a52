"""What a `FargateTaskOperator` is told of the stage, as environment variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs_lib.airflow.environment import AirflowEnvironment


def on_demand_variables(given: AirflowEnvironment) -> dict[str, str]:
    """Return where a task of `tasks/` is started, and where it can run."""
    return {
        "AIRFLOW_FARGATE_ARCHITECTURE": given.architecture,
        "AIRFLOW_FARGATE_CLUSTER": given.cluster,
        "AIRFLOW_FARGATE_EC2_ARCHITECTURE": given.ec2_architecture or "none",
        "AIRFLOW_FARGATE_FAMILY_PREFIX": f"{given.prefix}-",
        "AIRFLOW_FARGATE_LOG_GROUP_PREFIX": given.task_log_group_prefix,
        "AIRFLOW_FARGATE_MAX_TASK_CPU": str(given.max_task_cpu),
        "AIRFLOW_FARGATE_MAX_TASK_MEMORY_MIB": str(given.max_task_memory_mib),
        "AIRFLOW_FARGATE_SECURITY_GROUP": given.security_group_id,
        "AIRFLOW_FARGATE_SUBNETS": ",".join(given.subnet_ids),
        "AIRFLOW_FARGATE_TASKS_FOLDER": given.tasks_folder,
    }
