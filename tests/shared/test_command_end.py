"""Promises of how a session of ECS Exec says the exit code of its command."""

import pytest

from constructs_lib.shared.command_end import end_line, exit_code


@pytest.mark.parametrize("code", [0, 3, 130])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_exit_code_is_read_back(code: int, end: str) -> None:
    """Out of all that the command and AWS's client print, whatever the terminal's line ends are."""
    output = f"{end_line(7)}{end}said{end}{end_line(code)}{end}{end}Exiting session with sessionId: x.{end}"

    assert exit_code(output.encode()) == code


@pytest.mark.parametrize("output", ["", "said\n", end_line(1), "the command ended with exit code x\n"])
def test_a_session_that_ends_early_has_none(output: str) -> None:
    """A number that may go on is not taken for the whole."""
    assert exit_code(output.encode()) is None
