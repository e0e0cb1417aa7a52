from pathlib import Path

import pytest

from constructs_lib.push_image.docker_command import docker_command


def test_an_image_that_docker_has_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image that Docker has is found."""
    program = tmp_path / "docker"
    program.write_text('#!/bin/sh\ntest "$*" = "image inspect here:1"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with docker_command("here", registry="localhost") as docker:
        assert docker.has("here:1")
        assert not docker.has("here:2")
