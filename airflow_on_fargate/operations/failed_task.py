"""Why a task of a service did not stay, out of what `DescribeTasks` tells; nothing here asks AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SCALING = "Scaling activity initiated by"
"""How ECS begins the reason for a task that it stops because it is no longer wanted (AWS: "Stopped task reasons")."""
FINE = (None, 0)
"""Exit codes of a container that nothing is said of: it never ran, or ended well."""


def has_failed(task: Mapping[str, Any]) -> bool:
    """Return whether a stopped *task* ended by itself or was found ill, and was not just one too many."""
    return not task.get("stoppedReason", "").startswith(SCALING)


def explain(task: Mapping[str, Any], definition: Mapping[str, Any], *, region: str) -> str:
    """Return why *task* stopped, which containers are to blame, and how their logs are read."""
    task_id = task["taskArn"].rpartition("/")[2]
    said = [f"task {task_id} stopped: {task.get('stoppedReason') or 'ECS gives no reason'}".rstrip(".")]
    for container in _to_blame(task):
        said.append(f"container {container['name']} {_how(container)}")
        if log := _log(container["name"], definition):
            group, prefix = log
            stream = f"{prefix}/{container['name']}/{task_id}"
            said.append(f"its log: aws logs tail {group} --region {region} --log-stream-names {stream}")
    return "; ".join(said)


def _to_blame(task: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    containers = task.get("containers", [])
    ill = [each for each in containers if each.get("healthStatus") == "UNHEALTHY"]
    # What ECS stops because another container is ill ends with the exit code of its signal.
    return ill or [each for each in containers if each.get("reason") or each.get("exitCode") not in FINE]


def _how(container: Mapping[str, Any]) -> str:
    facts = ["was unhealthy"] if container.get("healthStatus") == "UNHEALTHY" else []
    if "exitCode" in container:
        facts.append(f"ended with exit code {container['exitCode']}")
    reason = f" ({container['reason']})" if container.get("reason") else ""
    return f"{', '.join(facts) or 'did not run'}{reason}"


def _log(container: str, definition: Mapping[str, Any]) -> tuple[str, str] | None:
    for each in definition["containerDefinitions"]:
        options = each.get("logConfiguration", {}).get("options", {})
        if each["name"] == container and "awslogs-group" in options:
            return options["awslogs-group"], options["awslogs-stream-prefix"]
    return None
