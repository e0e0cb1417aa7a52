"""A container definition in ECS's form."""

from typing import Any

import pytest

from constructs_lib.ecs.container import Container, container_definition
from constructs_lib.storage.secret import SecretReference

MINIMAL = Container(name="x", image="x:1")


def define(container: Container) -> dict[str, object]:
    """Return the definition of *container* without how it logs."""
    definition = container_definition(container, log_group="/stage/x", region="eu-central-1")
    return {key: value for key, value in definition.items() if key != "logConfiguration"}


def test_what_is_not_set_is_left_out() -> None:
    """A container definition has no keys for values that are not set."""
    assert define(MINIMAL) == {"name": "x", "image": "x:1", "essential": True}


@pytest.mark.parametrize(
    ("arguments", "key", "value"),
    [
        ({"command": ("a", "b")}, "command", ["a", "b"]),
        ({"environment": {"B": "2", "A": "1"}}, "environment", [{"name": k, "value": v} for k, v in ("A1", "B2")]),
        ({"secrets": {"A": SecretReference("from", "arn")}}, "secrets", [{"name": "A", "valueFrom": "from"}]),
        ({"ports": (80,)}, "portMappings", [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}]),
        ({"health_check": {"command": ["CMD", "x"]}}, "healthCheck", {"command": ["CMD", "x"]}),
        ({"essential": False}, "essential", False),
        ({"after_success_of": "migrate"}, "dependsOn", [{"containerName": "migrate", "condition": "SUCCESS"}]),
        ({"stops_before": "api-server"}, "dependsOn", [{"containerName": "api-server", "condition": "START"}]),
        ({"stop_timeout_sec": 120}, "stopTimeout", 120),
        ({"cpu": 256}, "cpu", 256),
        ({"memory_reservation_mib": 512}, "memoryReservation", 512),
        (
            {"mount_path": "/data"},
            "mountPoints",
            [{"sourceVolume": "shared-volume", "containerPath": "/data", "readOnly": False}],
        ),
        ({"restarts": True}, "restartPolicy", {"enabled": True, "restartAttemptPeriod": 60}),
        ({"init_process": True}, "linuxParameters", {"initProcessEnabled": True}),
    ],
)
def test_each_word_has_its_key(arguments: dict[str, Any], key: str, value: object) -> None:
    """Each argument sets its own key of the definition and no other."""
    container = Container(**{"name": "x", "image": "x:1"} | arguments)

    assert define(container) == define(MINIMAL) | {key: value}


@pytest.mark.parametrize(
    ("arguments", "mode"),
    [
        ({}, {"mode": "non-blocking", "max-buffer-size": "10m"}),
        ({"log_max_buffer_mib": 25}, {"mode": "non-blocking", "max-buffer-size": "25m"}),
        ({"log_mode": "blocking"}, {"mode": "blocking"}),
    ],
)
def test_a_slow_log_stops_the_container_only_if_it_is_to_lose_nothing(
    arguments: dict[str, Any], mode: dict[str, str]
) -> None:
    """Logs go to the log group under the container's name, with an explicit mode."""
    container = Container(**{"name": "x", "image": "x:1"} | arguments)
    definition = container_definition(container, log_group="/stage/x", region="eu-central-1")

    assert definition["logConfiguration"] == {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": "/stage/x",
            "awslogs-region": "eu-central-1",
            "awslogs-stream-prefix": "x",
            **mode,
        },
    }
