"""Explain why a task of a service stopped, from the answer of `DescribeTasks`; nothing here calls AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SCALING = "Scaling activity initiated by"
"""How ECS starts the reason of a task that it stops because of scaling in (AWS: "Stopped task reasons")."""
NOT_FAILED = (None, 0)
"""Exit codes of a container that is not reported: it never ran, or it succeeded."""


def has_failed(task: Mapping[str, Any]) -> bool:
    """Return whether a stopped *task* ended by itself or was unhealthy, and was not stopped by scaling in."""
    return not task.get("stoppedReason", "").startswith(SCALING)


def explain(task: Mapping[str, Any], definition: Mapping[str, Any], *, region: str) -> str:
    """Return why *task* stopped, which containers failed, and the command that shows their logs."""
    task_id = task["taskArn"].rpartition("/")[2]
    facts = [f"task {task_id} stopped: {task.get('stoppedReason') or 'ECS gives no reason'}".rstrip(".")]
    for container in _failed_containers(task):
        facts.append(f"container {container['name']} {_end(container)}")
        if log := _log(container["name"], definition):
            group, prefix = log
            stream = f"{prefix}/{container['name']}/{task_id}"
            facts.append(f"its log: aws logs tail {group} --region {region} --log-stream-names {stream}")
    return "; ".join(facts)


def _failed_containers(task: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    containers = task.get("containers", [])
    unhealthy = [each for each in containers if each.get("healthStatus") == "UNHEALTHY"]
    # ECS also stops the other containers of the task; they end with the exit code of the signal.
    return unhealthy or [each for each in containers if each.get("reason") or each.get("exitCode") not in NOT_FAILED]


def _end(container: Mapping[str, Any]) -> str:
    parts = ["was unhealthy"] if container.get("healthStatus") == "UNHEALTHY" else []
    if "exitCode" in container:
        parts.append(f"ended with exit code {container['exitCode']}")
    reason = f" ({container['reason']})" if container.get("reason") else ""
    return f"{', '.join(parts) or 'did not run'}{reason}"


def _log(container: str, definition: Mapping[str, Any]) -> tuple[str, str] | None:
    for each in definition["containerDefinitions"]:
        options = each.get("logConfiguration", {}).get("options", {})
        if each["name"] == container and "awslogs-group" in options:
            return options["awslogs-group"], options["awslogs-stream-prefix"]
    return None
