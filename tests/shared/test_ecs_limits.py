"""Promises of the limits that the operator and the local AWS share."""

import pytest

from constructs_lib.shared.ecs_limits import is_tag, overrides_length


def test_the_length_of_overrides_is_that_of_their_json() -> None:
    """With its frame, without blanks, in characters and not in bytes."""
    assert overrides_length({"containerOverrides": [{"name": "é", "command": ["a", "b"]}]}) == len(
        '{"containerOverrides":[{"name":"é","command":["a","b"]}]}'
    )


@pytest.mark.parametrize(
    ("key", "value", "fits"),
    [
        ("Team", "data", True),
        ("k" * 128, "v" * 256, True),
        ("Équipe", "", True),
        ("k" * 129, "", False),
        ("", "", False),
        ("k", "v" * 257, False),
        ("k", "<v>", False),
        ("AWS:k", "", False),
        ("k", 1, False),
        (1, "v", False),
    ],
)
def test_a_tag_is_text_of_some_characters(key: object, value: object, *, fits: bool) -> None:
    """AWS's own prefix is reserved."""
    assert is_tag(key, value) is fits
