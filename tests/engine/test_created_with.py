"""What a stage keeps from its first deployment on."""

import pytest

from tests.template import Properties, Template
from tests.variants import variant


@pytest.mark.parametrize(
    ("name", "recorded"),
    [
        ("compact", {"existing_database", "existing_network", "region", "vpc_cidr"}),
        ("existing", {"existing_database", "existing_network", "region"}),
        ("ec2", {"existing_database", "existing_network", "region", "vpc_cidr", "role_path"}),
    ],
)
def test_what_cannot_change_is_recorded(name: str, recorded: set[str]) -> None:
    """Each value that cannot change has its own resource in the state."""
    assert {each.rpartition("created_with_")[2] for each in records(variant(name))} == recorded


def test_the_record_stays_what_it_was() -> None:
    """The record keeps the first value, and each plan compares it with the settings."""
    record = records(variant("compact"))["created_with_vpc_cidr"]
    (condition,) = record["lifecycle"]["postcondition"]

    assert record["input"] == {"value": "10.0.0.0/16"}
    assert record["lifecycle"]["ignore_changes"] == ["input"]
    assert condition["condition"] == '${self.input.value == "10.0.0.0/16"}'
    assert condition["error_message"] == (
        "vpc_cidr is only for a new stage: this one was created with ${self.input.value}, got 10.0.0.0/16."
        " Set it back, or destroy the stage and deploy it again."
    )


def records(template: Template) -> dict[str, Properties]:
    """Return the records by name."""
    return {name: each for name, each in template.all("terraform_data").items() if "created_with" in name}
