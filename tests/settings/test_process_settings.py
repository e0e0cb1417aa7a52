"""Promises of the settings of a process."""

from typing import Any

import pytest
from pydantic import ValidationError

from constructs_lib.settings.capacity import TaskSize
from constructs_lib.settings.process_settings import ProcessSettings


def test_the_default_is_one_process_that_is_not_interrupted() -> None:
    """By default a process has one task on Fargate with the size in the table."""
    assert ProcessSettings().model_dump() == {
        "size": None,
        "count": 1,
        "max_count": None,
        "capacity": "FARGATE",
        "accept_interruption": False,
        "permissions": (),
        "environment": {},
        "secrets": {},
    }


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"count": 0}, "greater than or equal to 1"),
        ({"count": 101}, "less than or equal to 100"),
        ({"max_count": 0}, "greater than or equal to 1"),
        ({"count": 1.5}, "valid integer"),
        ({"capacity": "SPOT"}, "'FARGATE', 'FARGATE_SPOT' or 'EC2'"),
        ({"capacity": {"spot_percent": 101}}, "less than or equal to 100"),
        ({"accept_interruption": "yes"}, "valid boolean"),
        ({"size": {"cpu": 256, "memory_mib": 4096}}, "must be 512, 1024 or 2048, got 4096"),
        ({"size": {"cpu": 256}}, "Field required"),
        ({"size": {"cpu": 256, "memory": 512, "memory_mib": 512}}, "Extra inputs"),
        ({"permissions": ({"actions": ("s3:*",), "resources": ("*",)},)}, "not a wildcard for all"),
        ({"cont": 1}, "Extra inputs"),
    ],
)
def test_a_wrong_value_is_refused(values: dict[str, Any], expected: str) -> None:
    """A wrong value of each key is refused."""
    with pytest.raises(ValidationError, match=expected):
        ProcessSettings(**values)


def test_a_size_is_one_of_fargates() -> None:
    """A size that Fargate does not have is refused."""
    assert TaskSize(cpu=16384, memory_mib=122880).memory_mib == 122880
    with pytest.raises(ValidationError, match="cpu must be one of"):
        TaskSize(cpu=128, memory_mib=512)
