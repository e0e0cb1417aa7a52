"""Promises of what the stack knows of ECS."""

import pytest

from constructs_lib.shared.ecs import end_line, exit_code, is_tag, overrides_length


def test_the_length_of_overrides_is_that_of_their_json() -> None:
    """The length of overrides is that of their JSON in characters, without white space."""
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
    """A tag has only AWS's characters, and not its reserved prefix."""
    assert is_tag(key, value) is fits


@pytest.mark.parametrize("code", [0, 3, 130])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_exit_code_is_read_back(code: int, end: str) -> None:
    """The exit code is found in the output of a session, with any line ends."""
    output = f"{end_line(7)}{end}said{end}{end_line(code)}{end}{end}Exiting session with sessionId: x.{end}"

    assert exit_code(output.encode()) == code


@pytest.mark.parametrize("output", ["", "said\n", end_line(1), "the command ended with exit code x\n"])
def test_a_session_that_ends_early_has_none(output: str) -> None:
    """A session that ends early has no exit code."""
    assert exit_code(output.encode()) is None
