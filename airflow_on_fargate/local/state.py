"""The folder `.local`, in which the local stack keeps its data; git ignores it."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airflow_on_fargate.advice import advised
from airflow_on_fargate.project import project_folder
from constructs_lib.ecs.container import VOLUME
from constructs_lib.engine.synthesized_stack import file_of_stage
from constructs_lib.push_image.product_files import link_library
from constructs_lib.shared.bad_input import BadInputError

DAGS = "dags"
OWNER_ONLY = 0o700
OTHERS = 0o067
"""The rights that others must not have. A group may traverse the folder, see `database.py`."""


@dataclass(frozen=True)
class State:
    """The files and folders in the state folder, `.local` in the project."""

    folder: Path = field(default_factory=lambda: project_folder() / ".local")

    @property
    def ready(self) -> Path:
        """The addresses of the stack for other programs; it exists while the UI is healthy."""
        return self.folder / "ready.json"

    @property
    def keys(self) -> Path:
        """The values of the stage's secrets."""
        return self.folder / "keys.json"

    @property
    def admin_password(self) -> Path:
        """The password of the UI's first user, for people to read."""
        return self.folder / "admin_password"

    @property
    def database_url(self) -> Path:
        """The URL of the metadata database, with its password."""
        return self.folder / "database_url"

    @property
    def user_secrets(self) -> Path:
        """Values of the secrets that `task.toml` and connections name, written by the user."""
        return self.folder / "secrets.toml"

    @property
    def database(self) -> Path:
        """PostgreSQL's data."""
        return self.folder / "database"

    @property
    def airflow_home(self) -> Path:
        """The folder that is `/opt/airflow` in a container."""
        return self.folder / "airflow"

    @property
    def library(self) -> Path:
        """Links to what the Airflow image has in `/opt/airflow/lib`, for processes to import."""
        return self.folder / "lib"

    @property
    def shared_volume(self) -> Path:
        """The folder that is the EFS file system on AWS."""
        return self.folder / "shared-volume"

    @property
    def volumes(self) -> dict[str, Path]:
        """The folders that containers mount, by the name of the volume in their task definition."""
        return {VOLUME: self.shared_volume, DAGS: self.folder.parent / "dags"}

    @property
    def objects(self) -> Path:
        """The objects in S3, in a folder for each bucket."""
        return self.folder / "s3"

    @property
    def virtual_environments(self) -> Path:
        """The virtual environments of tasks, one for each content of a `requirements.txt`."""
        return self.folder / "venvs"

    @property
    def task_files(self) -> Path:
        """Copies of tasks with additional folders, laid out as in their images: a folder for each content."""
        return self.folder / "task-files"

    @property
    def airflow_packages(self) -> Path:
        """A virtual environment on top of Airflow's, with the packages of the project's requirements.txt."""
        return self.folder / "airflow-packages"

    @property
    def aws_credentials(self) -> Path:
        """The access key of the account's owner, in the format of AWS's shared credentials file."""
        return self.folder / "aws_credentials"

    @property
    def credentials_key(self) -> Path:
        """The key that signs the tokens of processes and the temporary keys of their roles."""
        return self.folder / "credentials_key"

    @property
    def heartbeats(self) -> Path:
        """The files that the processes touch for their health checks."""
        return self.folder / "heartbeats"

    @property
    def running_tasks(self) -> Path:
        """A file for the process group of each running task."""
        return self.folder / "running-tasks"

    @property
    def task_protection_fault(self) -> Path:
        """A fault of task protection, for tests."""
        return self.folder / "task_protection_fault.json"

    @property
    def aws_fault(self) -> Path:
        """A fault of AWS's API, for tests."""
        return self.folder / "aws_fault.json"

    @property
    def dag_bundle(self) -> Path:
        """The stage's bundle in S3, which exists if its DAGs are not read from `dags/`."""
        return self.folder / "dag-bundle.json"

    @property
    def s3_requests(self) -> Path:
        """A list of the requests to S3, for benchmarks. It grows while it exists."""
        return self.folder / "s3_requests.txt"

    @property
    def service_counts(self) -> Path:
        """The counts of services that another program starts and stops, for benchmarks."""
        return self.folder / "service_counts.json"

    @property
    def logs(self) -> Path:
        """The output of each program."""
        return self.folder / "logs"

    @property
    def stacks(self) -> Path:
        """The Terraform JSON that runs here."""
        return self.folder / "cdktf.out"

    def template(self, stage: str) -> Path:
        """Return the Terraform JSON of *stage*."""
        return file_of_stage(stage, self.stacks / "stacks")

    @property
    def provisioned(self) -> Path:
        """Exists when the AWS endpoint has all resources of the stage."""
        return self.folder / "provisioned"

    @property
    def read_at_start(self) -> Path:
        """The state at the start of the files that the stack reads only then."""
        return self.folder / "read-at-start.json"

    @property
    def machine(self) -> Path:
        """The `Machine`, for programs that start later."""
        return self.folder / "machine.json"

    def make_folder(self) -> None:
        """Create the folder for its owner only; remove the rights of others from an existing one."""
        self.folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
        if self.folder.stat().st_mode & OTHERS:
            self.folder.chmod(OWNER_ONLY)

    def make(self) -> None:
        """
        Create the folders, so that other users of the machine cannot reach them.

        Tasks in containers write to the shared volume as another user, because Docker mounts it for them.
        """
        self.make_folder()
        for folder in (self.airflow_home, self.shared_volume, self.heartbeats, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        self.shared_volume.chmod(0o777)
        link_library(self.library)


def write_secret(file: Path, text: str) -> None:
    """Write *file* atomically, readable only for its owner."""
    temporary = file.with_suffix(".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
        opened.write(text)
    temporary.rename(file)


def read_json(file: Path) -> Any:  # noqa: ANN401 as JSON is
    """Return the content of *file*, or None if it does not exist."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def not_running() -> BadInputError:
    """Return the error of a command that needs the stack."""
    return BadInputError(f"the stack does not run: start it with {advised('local up')}, and wait until it is ready")
