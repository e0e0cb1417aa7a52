"""The program that builds and pushes an image, as Terraform runs it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Literal

from constructs_lib.push_image.build_context import BuildContext
from constructs_lib.push_image.image_content import content_hash
from tests.clone import PROJECT
from tests.docker.registry import Registry

REGION = "eu-central-1"
MACHINE: Literal["ARM64", "X86_64"] = "ARM64" if os.uname().machine in {"aarch64", "arm64"} else "X86_64"
PLATFORM = {"ARM64": "arm64", "X86_64": "amd64"}


def push(
    images: Registry, repository: str, context: Path, *, path: str | None = None
) -> tuple[str, subprocess.CompletedProcess[str]]:
    """Run the program as Terraform does, and return the tag and the output."""
    tag = content_hash(BuildContext(context), architecture=MACHINE)
    command = [sys.executable, "-m", "constructs_lib.push_image", f"--repository-url={images.address}/{repository}"]
    command += [f"--tag={tag}", f"--context={context}", f"--architecture={MACHINE}", f"--region={REGION}"]
    environment = {**os.environ, "PATH": os.environ["PATH"] if path is None else path}
    run = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    return tag, run
