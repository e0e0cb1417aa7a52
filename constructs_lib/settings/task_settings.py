"""The settings of a task: what `tasks/<name>/task.toml` can contain."""

import re
from collections.abc import Mapping
from itertools import permutations
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationError,
    model_validator,
)

from constructs_lib.settings.permission import Permission
from constructs_lib.settings.secret import SecretNameText
from constructs_lib.settings.user_file import read_toml
from constructs_lib.settings.values import LogMode
from constructs_lib.settings.variable_names import check_disjoint, check_task_variables
from constructs_lib.shared.bad_input import refusal
from constructs_lib.shared.capacity import Capacity, check_task_capacity
from constructs_lib.shared.ecs import MAX_STOP_TIMEOUT_SEC, STOP_TIMEOUT_SEC
from constructs_lib.shared.user_model import UserModel

NEEDED_BY_CONTAINERS = re.compile(
    r"/(bin|boot|dev|etc|lib\w*|proc|run|sbin|sys|usr(?!/src/)|var/run)(/.*)?|/|/usr/src|/var"
)
"""Folders of an image, or of the kernel, that a mounted file system would hide. Many images work in `/usr/src/app`."""

VOLUME_VARIABLE = "SHARED_VOLUME"
"""The environment variable with the path of the shared volume."""


def _array(value: object) -> object:
    if not isinstance(value, list | tuple):
        msg = f"must be an array, written in square brackets, got {value!r}"
        raise ValueError(msg)  # noqa: TRY004 - pydantic reports only ValueError as the user's fault
    return tuple(value)


def _mount_path(value: object) -> str | Literal[False]:
    if value is False:
        return False
    if not isinstance(value, str) or not re.fullmatch(r"(/[\w.-]+)+/?|/", value, re.ASCII) or ".." in value.split("/"):
        msg = f"must be an absolute path such as '/shared-volume', or false, got {value!r}"
        raise ValueError(msg)
    path = str(PurePosixPath(value))
    if NEEDED_BY_CONTAINERS.fullmatch(path):
        msg = f"must not be a folder that the container needs, got {value!r}; use a folder such as '/shared-volume'"
        raise ValueError(msg)
    return path


def _additional_folders(value: tuple[str, ...]) -> tuple[str, ...]:
    for folder in value:
        if not re.fullmatch(r"\w[\w.-]*(/\w[\w.-]*)*", folder, re.ASCII):
            msg = (
                "must name folders by their path in the project, such as 'libs/common', of letters, digits, '_', '-',"
                f" '.' and '/', none of them hidden, got {folder!r}"
            )
            raise ValueError(msg)
    for folder, other in permutations(value, 2):
        if f"{folder}/".startswith(f"{other}/"):
            msg = f"must name each folder once, got {folder!r} and {other!r}"
            raise ValueError(msg)
    return value


def _check_buffer(size_mib: int, task: "TaskSettings") -> None:
    if task.log_mode == "blocking":
        msg = f"log_max_buffer_mib is for log_mode = 'non-blocking', got {size_mib} with 'blocking'"
        raise ValueError(msg)
    if size_mib >= task.memory_mib:
        msg = f"log_max_buffer_mib must be less than memory_mib, {task.memory_mib}, got {size_mib}"
        raise ValueError(msg)


Array = BeforeValidator(_array)


class TaskSettings(UserModel):
    """
    The settings of one task. All are optional.

    Values are not converted: `cpu = "256"` is refused.
    """

    cpu: int = 256
    """CPU units; 1024 are one vCPU."""
    memory_mib: int = 512
    ephemeral_storage_gib: Annotated[int, Field(ge=21, le=200)] | None = None
    """Disk of the task. Fargate's default is 20 GiB, its maximum 200 GiB."""
    architecture: Literal["ARM64", "X86_64"] | None = None
    """Processor of the task; none: that of the stage."""
    capacity: Capacity = "FARGATE"
    shared_volume: Annotated[str | Literal[False], PlainValidator(_mount_path)] = "/shared-volume"
    """Path at which the stage's file system is mounted; `false`: it is not mounted."""
    command: Annotated[tuple[str, ...], Array] = ()
    """Command of the container; empty: that of the image."""
    stop_timeout_sec: int = Field(default=STOP_TIMEOUT_SEC, ge=2, le=MAX_STOP_TIMEOUT_SEC)
    """Seconds from SIGTERM to SIGKILL. The maximum on Fargate is 120."""
    log_mode: LogMode = "blocking"
    """What happens when CloudWatch Logs accepts lines too slowly. `blocking`: the program waits, and no line is lost.
    `non-blocking`: the program continues, and lines are lost when the buffer is full, even the last one."""
    log_max_buffer_mib: Annotated[int, Field(ge=1)] | None = None
    """Size of the buffer for `non-blocking`, in memory; none: 10 MiB, ECS's default."""
    environment: Annotated[Mapping[str, str], AfterValidator(check_task_variables)] = Field(default_factory=dict)
    secrets: Annotated[Mapping[str, SecretNameText], AfterValidator(check_task_variables)] = Field(default_factory=dict)
    """Variables whose values are secrets. A value is the path of an SSM parameter, the name of a secret in Secrets
    Manager, or an ARN. A key of the secret's JSON can follow, as in `prod/db:password`."""
    permissions: Annotated[tuple[Permission, ...], Array] = ()
    """Permissions of the task's own role."""
    additional_folders: Annotated[tuple[str, ...], Array, AfterValidator(_additional_folders)] = ()
    """Further folders of the project that the build of the image can use, such as `libs/common`."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_task_capacity(
            self.capacity,
            cpu=self.cpu,
            memory_mib=self.memory_mib,
            ephemeral_storage_gib=self.ephemeral_storage_gib,
        )
        if self.log_max_buffer_mib is not None:
            _check_buffer(self.log_max_buffer_mib, self)
        check_disjoint(self.environment, self.secrets)
        if self.shared_volume and VOLUME_VARIABLE in {*self.environment, *self.secrets}:
            msg = f"{VOLUME_VARIABLE} is set by the stack, to the path of the volume; use shared_volume"
            raise ValueError(msg)
        return self


def read_task_settings(file: Path, *, where: str) -> TaskSettings:
    """
    Return the settings in *file*, or the defaults if there is no such file.

    Raises:
        BadInputError: the sentence reports the first fault, and names the file *where*.

    """
    content = read_toml(file, where=where)
    try:
        return TaskSettings(**content or {})
    except ValidationError as error:
        raise refusal(error, TaskSettings, where) from error
