"""Make moto's ECS run tasks for EC2 instances on this machine, as it runs tasks for Fargate."""

import inspect
from collections.abc import Callable
from typing import Any

from moto.ecs import models

FARGATE = ("FARGATE", "FARGATE_SPOT")


def without_instances(run_task: Callable[..., Any]) -> Callable[..., Any]:
    """Return moto's *run_task* for a cluster without instances; it refuses unknown capacity providers."""
    signature = inspect.signature(run_task)

    def run(*arguments: Any, **named: Any) -> Any:
        call = signature.bind(*arguments, **named)
        asked = call.arguments
        strategy, launch_type = asked.get("capacity_provider_strategy"), asked.get("launch_type")
        provider = strategy[0]["capacityProvider"] if strategy else None
        if provider and provider not in (*FARGATE, *_providers(asked["self"], asked["cluster_str"])):
            message = f"The specified capacity provider {provider} was not found in the cluster."
            raise models.InvalidParameterException(message)
        # Without security groups ECS uses the VPC's default group; moto fails.
        (asked.get("networking_configuration") or {}).get("awsvpcConfiguration", {}).setdefault("securityGroups", [])
        if launch_type == "EC2":
            asked["launch_type"] = "FARGATE"
        if provider:
            asked["capacity_provider_strategy"] = [{"capacityProvider": "FARGATE", "weight": 1}]
        tasks = run_task(*call.args, **call.kwargs)
        for task in tasks:
            task.launch_type, task.capacity_provider_name = launch_type or "", provider
        return tasks

    return run


def _providers(backend: Any, cluster: str) -> list[str]:
    return backend._get_cluster(cluster).capacity_providers or []  # noqa: SLF001 there is no other way
