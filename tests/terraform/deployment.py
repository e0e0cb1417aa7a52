"""A stage in the folder of a project, and Terraform at work on it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from cdktf import App

import main
from airflow_on_fargate.export.export import export
from constructs_lib.airflow_stack import AirflowStack
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_folder import TaskFolder, find_task_folders
from tests.airflow_on_fargate.pipeline_roles.calls import Call, read
from tests.terraform.aws import Aws
from tests.terraform.cloud import Cloud


def make_project(folder: Path, tasks: Mapping[str, str]) -> Path:
    """
    Make *folder* a copy of this project, with further *tasks*: what their `task.toml` holds, by name.

    Code and packages are links, what images are made of is copied.
    """
    folder.mkdir()
    for context in ("dags", "docker", "tasks"):
        shutil.copytree(main.PROJECT / context, folder / context, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (".dockerignore", "cdktf.json", "pyproject.toml"):
        shutil.copy(main.PROJECT / file, folder)
    for code in ("airflow_on_fargate", "constructs_lib", "main.py", "stages.py"):
        (folder / code).symlink_to(main.PROJECT / code)
    # The whole environment: a link to nothing but its interpreter would not find its packages.
    (folder / ".venv").symlink_to(sys.prefix)
    for name, settings in tasks.items():
        make_task(folder, name, settings)
    return folder


def make_task(project: Path, name: str, settings: str | None) -> None:
    """Let *project* have the task *name* with *settings*, what its `task.toml` holds; None: remove it."""
    task = project / "tasks" / name
    if settings is None:
        shutil.rmtree(task, ignore_errors=True)
        return
    task.mkdir(exist_ok=True)
    (task / "Dockerfile").write_text("FROM scratch\n", encoding="utf-8")
    (task / "task.toml").write_text(settings, encoding="utf-8")


def compose(project: Path, settings: Settings) -> Path:
    """Write the Terraform JSON of a stage for *project*, and return its folder."""
    folders = find_task_folders(project / "tasks", stage=settings.stage)
    app = App(outdir=str(project / "cdktf.out"), skip_validation=True)
    AirflowStack(app, settings.name, settings=settings, folders=folders, project=project)
    app.synth()
    return project / "cdktf.out" / "stacks" / settings.name


ANSWERS = "answers_override.tf.json"
Answers = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""What look-ups find, by type and name."""


def _answers(document: Mapping[str, Any], settings: Settings) -> Answers:
    """Return the existing resources: the domain's public zone, and a subnet of each kind in each zone."""
    look_ups = document.get("data", {})
    answers: dict[str, dict[str, dict[str, Any]]] = {}
    for name in look_ups.get("aws_route53_zone", {}):
        answers["aws_route53_zone"] = {name: {"name": str(settings.domain_name).partition(".")[2]}}
    if network := settings.existing_network:
        answers["aws_subnet"] = {
            name: {
                "vpc_id": network.vpc_id,
                "availability_zone": settings.region
                + "abcdef"[
                    (network.public_subnet_ids if "public" in name else network.private_subnet_ids).index(subnet["id"])
                ],
            }
            for name, subnet in look_ups["aws_subnet"].items()
        }
    return answers


def run(*words: str, folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command, and return its exit code and its output."""
    return subprocess.run(
        words,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def output(ended: subprocess.CompletedProcess[str]) -> str:
    """Return the output of a command, which must have succeeded."""
    assert ended.returncode == 0, f"{' '.join(ended.args)} ended with {ended.returncode}:\n{ended.stdout}"
    return ended.stdout


class Deployment:
    """A stage in the folder of a *project*; *cloud* has what Terraform made of it."""

    def __init__(
        self, project: Path, settings: Settings, *, aws: Aws, cloud: Cloud, environment: Mapping[str, str]
    ) -> None:
        self.project = project
        self.settings = settings
        self.cloud = cloud
        self._aws = aws
        self._calls = project / "calls.tsv"
        self.environment = {
            **environment,
            "STANDIN_CLOUD": str(cloud.folder),
            "STANDIN_CALLS": str(self._calls),
        }
        self.compose(settings)
        self.terraform("init")

    def compose(self, settings: Settings) -> None:
        """Write the stack's JSON for *settings*; ECR gets the images, as if they had been built before."""
        self._folder = compose(self.project, settings)
        self.document: dict[str, Any] = json.loads((self._folder / "cdk.tf.json").read_text(encoding="utf-8"))
        self._aws.put_images(self.document, region=settings.region)
        self.answer(_answers(self.document, settings))

    def answer(self, answers: Answers) -> None:
        """
        Let look-ups find what AWS would.

        The stand-in knows nothing that it did not make, and gives back what a look-up asks for.
        """
        override = {"data": answers} if answers else {}
        (self._folder / ANSWERS).write_text(json.dumps(override), encoding="utf-8")

    def rewrite(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Let *change* alter the stack's JSON, until it is composed again."""
        change(self.document)
        (self._folder / "cdk.tf.json").write_text(json.dumps(self.document), encoding="utf-8")

    def try_terraform(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run Terraform in the stack's folder, and return its exit code and its output."""
        return run("terraform", *words, folder=self._folder, environment=self.environment)

    def terraform(self, *words: str) -> str:
        """Run Terraform in the stack's folder, which must succeed, and return its output."""
        return output(self.try_terraform(*words))

    def export(self) -> None:
        """Write the stage as HCL too, as `airflow-fargate export` does, and initialize it with the same state."""
        self._exported = self.project / "exported"
        export(self.settings, self.folders(), project=self.project, folder=self._exported)
        shutil.copy(self._folder / ANSWERS, self._exported)
        output(self.try_exported("init"))

    def try_exported(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run Terraform on the exported HCL, and return its exit code and its output."""
        return run("terraform", *words, folder=self._exported, environment=self.environment)

    def apply(self, *options: str) -> str:
        """Make the stage what its JSON says."""
        return self.terraform("apply", "-auto-approve", *options)

    def try_apply(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Apply, and return how it ended."""
        return self.try_terraform("apply", "-auto-approve", *options)

    def destroy(self) -> str:
        """Remove the stage."""
        return self.terraform("destroy", "-auto-approve")

    def plan(self) -> dict[str, Any]:
        """Plan into the file `plan`, and return what it holds."""
        self.terraform("plan", "-out=plan")
        plan: dict[str, Any] = json.loads(self.terraform("show", "-json", "plan"))
        return plan

    def addresses(self) -> list[str]:
        """Return the addresses in the state."""
        return self.terraform("state", "list").split()

    def calls(self) -> set[Call]:
        """Return what the provider has asked of AWS so far."""
        return read(self._calls.read_text(encoding="utf-8"))

    def folders(self) -> tuple[TaskFolder, ...]:
        """Return the project's tasks."""
        return find_task_folders(self.project / "tasks", stage=self.settings.stage)

    def state(self) -> str:
        """Return the state as the bucket has it."""
        return self.terraform("state", "pull")


class Deploy(Protocol):
    """
    Compose a stage in a project of its own, ready to apply.

    With another deployment's *cloud* both live in one account, with its *bucket* too both are the same stage.
    """

    def __call__(
        self,
        settings: Settings,
        *,
        cloud: Cloud | None = None,
        bucket: str = "",
        tasks: Mapping[str, str] | None = None,
    ) -> Deployment:
        """Return what was composed, after `terraform init`."""
