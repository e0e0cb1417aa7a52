"""What the Airflow image adds to Airflow: on-demand tasks for DAGs, and how the containers start and are checked."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_fargate.fargate_task_operator import FargateTaskOperator

__all__ = ["FargateTaskOperator"]


def __getattr__(name: str) -> object:
    # Airflow itself imports `airflow_fargate.database` while it starts, too early for an operator.
    if name == "FargateTaskOperator":
        from airflow_fargate.fargate_task_operator import FargateTaskOperator  # noqa: PLC0415 as above

        return FargateTaskOperator
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
