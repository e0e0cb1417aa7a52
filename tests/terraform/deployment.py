"""A stage in a project's folder, and Terraform at work on it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cdktf import App

import main
from constructs_lib.settings import Settings
from constructs_lib.task_folder import find_task_folders
from tests.terraform.aws import Aws
from tests.terraform.cloud import Cloud

PROJECT = Path(main.__file__).parent


def make_project(folder: Path, tasks: Mapping[str, str]) -> Path:
    """
    Make a clone of this project in *folder*, ready to deploy, with further *tasks*: `task.toml` by name.

    What is hashed into images is copied, the rest are links.
    """
    folder.mkdir(parents=True)
    for name in ("dags", "docker", "tasks"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / ".dockerignore", folder)
    for name in ("cdktf.json", "constructs_lib", "main.py"):
        (folder / name).symlink_to(PROJECT / name)
    # The whole environment: a link to its interpreter alone would not find its packages.
    (folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    for name, settings in tasks.items():
        (folder / "tasks" / name).mkdir()
        (folder / "tasks" / name / "Dockerfile").write_text("FROM scratch\n")
        (folder / "tasks" / name / "task.toml").write_text(settings)
    return folder


class Deployment:
    """A stage in a project's folder; what it has in AWS is in *cloud*."""

    def __init__(
        self, project: Path, settings: Settings, *, aws: Aws, cloud: Cloud, environment: Mapping[str, str]
    ) -> None:
        self.project = project
        self.cloud = cloud
        self.folder = project / "cdktf.out" / "stacks" / settings.name
        self.environment = {**environment, "STANDIN_CLOUD": str(cloud.folder)}
        self._aws = aws
        self.compose(settings)
        self.terraform("init")

    def compose(self, settings: Settings) -> None:
        """Write the stage's Terraform JSON, and let ECR have the images it names, so that none has to be built."""
        self.settings = settings
        folders = find_task_folders(self.project / "tasks", stage=settings.stage)
        with patch.object(main, "PROJECT", self.project):
            app = App(outdir=str(self.project / "cdktf.out"))
            main.AirflowStack(app, settings, folders).refuse_clashes()
            app.synth()
        self.document: dict[str, Any] = json.loads((self.folder / "cdk.tf.json").read_text(encoding="utf-8"))
        put_images(self.document, self._aws)

    def terraform(self, command: str, *arguments: str) -> str:
        """
        Run a command that must succeed, and return what it prints.

        Raises:
            AssertionError: it failed.

        """
        ended = self.try_terraform(command, *arguments)
        assert ended.returncode == 0, f"terraform {command} failed:\n{ended.stdout[-6000:]}"
        return ended.stdout

    def try_terraform(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command, and return how it ended and what it printed."""
        return subprocess.run(
            ["terraform", *command.split(), "-no-color", *arguments]
            if command not in {"show", "state list", "state pull"}
            else ["terraform", *command.split(), *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def apply(self, *arguments: str) -> str:
        """Bring the stage to what its JSON says."""
        return self.terraform("apply", "-auto-approve", *arguments)

    def destroy(self) -> str:
        """Remove the stage."""
        return self.terraform("destroy", "-auto-approve")

    def plan(self) -> dict[str, Any]:
        """Plan, and return what Terraform says of it in JSON."""
        self.terraform("plan", "-out=a.plan")
        return dict(json.loads(self.terraform("show", "-json", "a.plan")))

    def addresses(self) -> list[str]:
        """Return the addresses in the state."""
        return self.terraform("state list").split()

    def state(self) -> str:
        """Return the state as it is stored."""
        return self.terraform("state pull")


def put_images(document: Mapping[str, Any], aws: Aws) -> None:
    """Let ECR have every image that a stack's *document* would build."""
    for push in document["resource"].get("terraform_data", {}).values():
        wanted = push["triggers_replace"]
        address = wanted["repository"].removeprefix("${aws_ecr_repository.").removesuffix(".repository_url}")
        aws.put_image(document["resource"]["aws_ecr_repository"][address]["name"], wanted["tag"])
