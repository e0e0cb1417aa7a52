"""Promises of what the program git gets of its process, and of how long is waited for it."""

from pathlib import Path

from tests.airflow_fargate.container import PATHS, called

GIT = """#!/bin/sh
env > "$0.variables"
"""
THEIRS = ("AIRFLOW__API__SECRET_KEY", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "DB_PASSWORD", "GIT_SSH_COMMAND")


def test_git_gets_no_variable_of_the_stack(tmp_path: Path) -> None:
    """Git gets the path, proxies and certificates of its process, and none of its other variables."""
    program = tmp_path / "git"
    program.write_text(GIT)
    program.chmod(0o755)

    ended = called(
        "git_program.look",
        str(tmp_path),
        PATH=f"{tmp_path}:/usr/bin:/bin",
        PYTHONPATH=PATHS,
        https_proxy="http://proxy:3128",
        **dict.fromkeys(THEIRS, "theirs"),
    )
    variables = Path(f"{program}.variables").read_text()

    assert "has neither a branch nor a tag 'main'" in ended
    assert "https_proxy=http://proxy:3128\n" in variables
    assert "theirs" not in variables


def test_limits_are_those_of_the_page() -> None:
    """A look at a remote ends after 15 s, a task tries for two minutes, and a store has at most 400 packs."""
    assert called("git_program.limits") == [15, 120, 400]
