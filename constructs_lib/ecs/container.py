"""A container of a task, and its container definition in ECS's API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs_lib.settings.values import LogMode
    from constructs_lib.storage.secret import SecretReference

MAX_BUFFER_MIB = 10
"""ECS's own default (AWS: `LogConfiguration`)."""
VOLUME = "shared-volume"
RESTART_ATTEMPT_PERIOD_SEC = 60
"""A container that ends sooner ends its task; after this time ECS restarts it. It is ECS's minimum."""


@dataclass(frozen=True)
class Container:
    """One container of a task; sizes in CPU units and MiB."""

    name: str
    image: str
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, SecretReference] = field(default_factory=dict)
    ports: Sequence[int] = ()
    health_check: Mapping[str, Any] | None = None
    essential: bool = True
    after_success_of: str | None = None
    """The container that must have succeeded before this one starts."""
    stops_before: str | None = None
    """The container that stops after this one, and therefore starts before it."""
    restarts: bool = False
    """Whether ECS restarts the container inside its task when it ends."""
    init_process: bool = False
    """Whether an init process runs the command: it forwards signals and reaps orphaned processes."""
    stop_timeout_sec: int | None = None
    cpu: int | None = None
    memory_reservation_mib: int | None = None
    mount_path: str | None = None
    log_mode: LogMode = "non-blocking"
    log_max_buffer_mib: int = MAX_BUFFER_MIB
    """The size of the buffer of the mode `non-blocking`."""


def container_definition(
    container: Container, *, log_group: str, region: str, registry_login: SecretReference | None = None
) -> dict[str, Any]:
    """Return the container definition of ECS's API, without empty keys."""
    definition: dict[str, Any] = {
        "name": container.name,
        "image": container.image,
        "repositoryCredentials": {"credentialsParameter": registry_login.arn} if registry_login else None,
        "essential": container.essential,
        "command": list(container.command),
        "environment": [{"name": key, "value": value} for key, value in sorted(container.environment.items())],
        "secrets": [
            {"name": key, "valueFrom": reference.value_from} for key, reference in sorted(container.secrets.items())
        ],
        "portMappings": [{"containerPort": port, "hostPort": port, "protocol": "tcp"} for port in container.ports],
        "healthCheck": container.health_check,
        "stopTimeout": container.stop_timeout_sec,
        "cpu": container.cpu,
        "memoryReservation": container.memory_reservation_mib,
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": log_group,
                "awslogs-region": region,
                "awslogs-stream-prefix": container.name,
                # Explicit: without it the mode is that of the account's setting `defaultLogDriverMode`.
                "mode": container.log_mode,
                **({"max-buffer-size": f"{container.log_max_buffer_mib}m"} if container.log_mode != "blocking" else {}),
            },
        },
    }
    if container.restarts:
        definition["restartPolicy"] = {"enabled": True, "restartAttemptPeriod": RESTART_ATTEMPT_PERIOD_SEC}
    if container.init_process:
        definition["linuxParameters"] = {"initProcessEnabled": True}
    # ECS stops containers in the reverse order.
    definition["dependsOn"] = [
        {"containerName": name, "condition": condition}
        for name, condition in ((container.after_success_of, "SUCCESS"), (container.stops_before, "START"))
        if name
    ]
    if container.mount_path:
        definition["mountPoints"] = [{"sourceVolume": VOLUME, "containerPath": container.mount_path, "readOnly": False}]
    return {key: value for key, value in definition.items() if value not in (None, [], {})}
