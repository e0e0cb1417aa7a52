"""The tasks that DAGs start on demand: a task definition for each folder of `tasks/`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from constructs import Construct

from constructs_lib.ecs.container import MAX_BUFFER_MIB, Container
from constructs_lib.ecs.container_image import ContainerImage
from constructs_lib.ecs.task_definition import TaskDefinition
from constructs_lib.engine.order import Ready
from constructs_lib.iam.policy import allow
from constructs_lib.network.security_group import SecurityGroup
from constructs_lib.settings.capacity import task_limits
from constructs_lib.settings.tags import SERVICE_TAG
from constructs_lib.settings.task_settings import VOLUME_VARIABLE
from constructs_lib.shared.capacity import check_stage_capacity, check_task_capacity
from constructs_lib.storage.user_secrets import UserSecrets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs_lib.ecs.cluster import Cluster
    from constructs_lib.iam.task_role import Grantable
    from constructs_lib.push_image.image_build import ImageBuild
    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.task_folder import TaskFolder
    from constructs_lib.settings.task_settings import TaskSettings
    from constructs_lib.storage.file_system import FileSystem

ROLE_PATH = "tasks/"
"""The path of the tasks' roles: Airflow may pass these to a task, and not its own."""
NO_SERVICE = {"Null": {f"aws:ResourceTag/{SERVICE_TAG}": "true"}}
"""Holds for tasks and task definitions without the tag of Airflow's services."""


class DagTasks(Construct):
    """
    Define image, roles, log group and task definition of each of *folders*, and the security group they run in.

    *builds* are those of `task_builds()`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        cluster: Cluster,
        file_system: FileSystem,
        folders: Sequence[TaskFolder],
        builds: Mapping[str, ImageBuild],
    ) -> None:
        super().__init__(scope, id_)

        self.limits = task_limits(settings, folders)
        self._settings = settings
        self._builds = builds
        self._account = cluster.account
        self._cluster = cluster
        self.security_group = SecurityGroup(self, "SecurityGroup", network=cluster.network, owner="DagTasks")
        self.security_group.allow_to_anywhere()
        self.subnet_ids = cluster.network.private_subnet_ids
        self.log_group_prefix = f"/{settings.name}/tasks/"
        definitions = {folder.name: self._define(folder, file_system=file_system) for folder in folders}
        self.ready = Ready(self.security_group.ready, file_system.ready, *(each.ready for each in definitions.values()))
        """What must exist before a DAG starts a task."""
        self.families = {name: definition.family for name, definition in definitions.items()}
        self.deployed = {folder.name: self._deployed(folder) for folder in folders}
        """What a DAG needs to know of the task of each folder; it contains no secret."""
        self.task_definitions = list(definitions.values())

    def grant_run(self, grantee: Grantable) -> None:
        """
        Allow to start, list and stop the tasks, and to read their logs.

        Families and roles are named by their prefix: a policy has no room for hundreds of names. Airflow's own families
        have the same prefix, but also a tag, and their roles are outside the path, so that no task can get them. The
        service authorization reference has all these keys for `RunTask`. It does not say whether a request without a
        size or without ECS Exec has their keys, so these may be absent.
        """
        arn, name, settings = self._account.arn, self._cluster.name, self._settings
        in_cluster = {"ArnEquals": {"ecs:cluster": self._cluster.arn}}
        role = grantee.role
        role.allow(
            ["ecs:RunTask"],
            [arn("ecs", f"task-definition/{settings.name}-*:*")],
            {
                **in_cluster,
                **NO_SERVICE,
                "StringEqualsIfExists": {"ecs:enable-execute-command": "false"},
                "NumericLessThanEqualsIfExists": {
                    "ecs:task-cpu": str(self.limits.cpu),
                    "ecs:task-memory": str(self.limits.memory_mib),
                },
            },
        )
        # What RunTask needs to tag the task with its task definition's tags.
        role.allow(
            ["ecs:TagResource"], [arn("ecs", f"task/{name}/*")], {"StringEquals": {"ecs:CreateAction": "RunTask"}}
        )
        role.allow(
            ["iam:PassRole"],
            [self._account.global_arn("iam", f"role{self._account.role_path}{name}/{ROLE_PATH}*")],
            {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        )
        self.grant_watch(grantee)

    def grant_watch(self, grantee: Grantable) -> None:
        """
        Allow to list and describe the cluster's tasks, to stop those of no service, and to read logs of DAGs' tasks.

        The condition looks for a tag of services' tasks, because a DAG may start on-demand tasks without tags
        (its `propagate_tags` is None). `StopTask` supports the key (service authorization reference).
        """
        arn = self._account.arn
        tasks = [arn("ecs", f"task/{self._cluster.name}/*")]
        # AWS documents container instances as the resource. Reports differ on what it checks on Fargate, which has
        # none. The condition holds in both cases.
        grantee.role.allow(["ecs:ListTasks"], ["*"], {"ArnEquals": {"ecs:cluster": self._cluster.arn}})
        grantee.role.allow(["ecs:DescribeTasks"], tasks)
        grantee.role.allow(["ecs:StopTask"], tasks, NO_SERVICE)
        grantee.role.allow(["logs:GetLogEvents"], [arn("logs", f"log-group:{self.log_group_prefix}*:log-stream:*")])

    def _define(self, folder: TaskFolder, *, file_system: FileSystem) -> TaskDefinition:
        settings, task = self._settings, folder.settings
        scope = Construct(self, folder.name)
        architecture = task.architecture or settings.architecture
        image = self._image(scope, folder)
        definition = TaskDefinition(
            scope,
            "TaskDefinition",
            cluster=self._cluster,
            family=f"{settings.name}-{folder.aws_name}",
            containers=[self._container(scope, folder, image)],
            image=image,
            cpu=task.cpu,
            memory_mib=task.memory_mib,
            architecture=architecture,
            compatibilities=compatibilities(
                task, architecture=architecture, ec2_architecture=settings.ec2_architecture
            ),
            log_group_name=f"{self.log_group_prefix}{folder.name}",
            log_retention_days=settings.log_retention_days,
            role_path=ROLE_PATH,
            file_system=file_system if task.shared_volume else None,
            ephemeral_storage_gib=task.ephemeral_storage_gib,
        )
        for permission in task.permissions:
            definition.role.add(allow(permission.actions, permission.resources))
        return definition

    def _deployed(self, folder: TaskFolder) -> dict[str, Any]:
        shown = {"capacity", "cpu", "ephemeral_storage_gib", "memory_mib"}
        return {
            **folder.settings.model_dump(include=shown),
            "architecture": folder.settings.architecture or self._settings.architecture,
            "family": self.families[folder.name],
        }

    def _image(self, scope: Construct, folder: TaskFolder) -> ContainerImage:
        settings = self._settings
        return ContainerImage(
            scope,
            "Image",
            name=f"{settings.name}-{folder.aws_name}",
            image=settings.task_images.get(folder.name) or self._builds[folder.name],
            region=settings.region,
            assume_role_arn=settings.assume_role_arn,
            protected=settings.protected,
            registry=settings.image_registry,
            registry_logins=self._cluster.registry_logins,
        )

    def _container(self, scope: Construct, folder: TaskFolder, image: ContainerImage) -> Container:
        task = folder.settings
        secrets = UserSecrets(scope, "Secrets", account=self._account, owner=folder.name, secrets=task.secrets)
        volume = {VOLUME_VARIABLE: task.shared_volume} if task.shared_volume else {}
        return Container(
            name=folder.name,
            image=image.uri,
            command=task.command,
            environment={**volume, **task.environment},
            secrets=secrets.references,
            stop_timeout_sec=task.stop_timeout_sec,
            mount_path=task.shared_volume or None,
            # A program that is process 1 ignores SIGTERM unless it handles it, and a task may run any program.
            init_process=True,
            log_mode=task.log_mode,
            log_max_buffer_mib=task.log_max_buffer_mib or MAX_BUFFER_MIB,
        )


def compatibilities(task: TaskSettings, *, architecture: str, ec2_architecture: str | None) -> list[str]:
    """Return where the task can run, by its `task.toml` or by a DAG: on `FARGATE`, on `EC2` or on both."""
    found: list[str] = []
    for capacity in ("FARGATE", "EC2"):
        with suppress(ValueError):
            check_task_capacity(
                capacity,
                cpu=task.cpu,
                memory_mib=task.memory_mib,
                ephemeral_storage_gib=task.ephemeral_storage_gib,
            )
            check_stage_capacity(capacity, architecture=architecture, ec2_architecture=ec2_architecture)
            found.append(capacity)
    return found
