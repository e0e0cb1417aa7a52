"""What ECS runs: containers, their size, and the roles they run with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.ecs_task_definition import (
    EcsTaskDefinition,
    EcsTaskDefinitionEphemeralStorage,
    EcsTaskDefinitionRuntimePlatform,
    EcsTaskDefinitionVolume,
    EcsTaskDefinitionVolumeEfsVolumeConfiguration,
    EcsTaskDefinitionVolumeEfsVolumeConfigurationAuthorizationConfig,
)
from constructs import Construct

from constructs_lib.ecs.container import VOLUME, Container, container_definition
from constructs_lib.engine.order import Ready, create_after
from constructs_lib.engine.template import json_document
from constructs_lib.iam.task_role import TaskRole
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.shared.ecs import DEFINITION_BYTES
from constructs_lib.storage.secret import reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs_lib.ecs.cluster import Cluster
    from constructs_lib.ecs.container_image import ContainerImage
    from constructs_lib.storage.file_system import FileSystem


class TaskDefinition(Construct):
    """
    Define a task definition with its two roles and its log group; *compatibilities* are FARGATE, EC2 or both.

    The execution role writes the logs and reads the secrets of *containers*. The caller grants the pull of *image* and
    the mount of *file_system*. A new revision replaces the old one, which stays active: a rollback and running DAGs may
    still need it. `destroy` does not delete it either.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cluster: Cluster,
        family: str,
        containers: Sequence[Container],
        image: ContainerImage,
        cpu: int,
        memory_mib: int,
        architecture: str,
        compatibilities: Sequence[str],
        log_group_name: str,
        log_retention_days: int,
        role_path: str = "",
        file_system: FileSystem | None = None,
        ephemeral_storage_gib: int | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id_)

        self.family, self.image, self.mounts_volume = family, image, file_system is not None
        self._account, self._role_path = cluster.account, f"{cluster.name}/{role_path}"
        log_group = CloudwatchLogGroup(self, "LogGroup", name=log_group_name, retention_in_days=log_retention_days)
        self.execution_role = self._execution_role(containers, log_group_name)
        self.role = self._role("TaskRole", "task")
        definition = EcsTaskDefinition(
            self,
            "Resource",
            family=family,
            requires_compatibilities=list(compatibilities),
            network_mode="awsvpc",
            cpu=str(cpu),
            memory=str(memory_mib),
            runtime_platform=_linux(architecture),
            execution_role_arn=self.execution_role.arn,
            task_role_arn=self.role.arn,
            container_definitions=self._container_definitions(containers, log_group_name),
            volume=[_volume(file_system)] if file_system else None,
            ephemeral_storage=_storage(ephemeral_storage_gib),
            # `create_before_destroy` would spread to its dependencies: two of the same name.
            skip_destroy=True,
            tags=tags,
        )
        mountable = [file_system.mount_targets] if file_system else []
        create_after(definition, log_group, image.ready, self.execution_role.ready, *mountable)
        self.arn = definition.arn
        self.ready = Ready(definition, self.role.ready)
        """What must exist before a task of it is started."""

    def _role(self, id_: str, kind: str) -> TaskRole:
        return TaskRole(self, id_, account=self._account, name=f"{self.family}-{kind}", path=self._role_path)

    def _execution_role(self, containers: Sequence[Container], log_group: str) -> TaskRole:
        """Define the role that ECS itself uses: it writes the logs, and reads the secrets of *containers*."""
        role = self._role("ExecutionRole", "execution")
        role.allow(
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [self._account.arn("logs", f"log-group:{log_group}:log-stream:*")],
        )
        references = [reference for container in containers for reference in container.secrets.values()]
        if self.image.registry_login:
            references.append(self.image.registry_login)
        role.add(*reading(references, account=self._account))
        return role

    def _container_definitions(self, containers: Sequence[Container], log_group: str) -> str:
        definitions = [
            container_definition(
                each, log_group=log_group, region=self._account.region, registry_login=self.image.registry_login
            )
            for each in containers
        ]
        _check_length(self.family, definitions)
        return json_document(definitions)


def _check_length(family: str, definitions: Sequence[Mapping[str, Any]]) -> None:
    length = len(json.dumps(definitions, ensure_ascii=False).encode())
    if length > DEFINITION_BYTES:
        longest = max(definitions, key=lambda each: len(json.dumps(each)))["name"]
        msg = (
            f"the task definition {family} has {length} bytes, ECS allows {DEFINITION_BYTES}: shorten command and"
            f" environment of its container {longest}"
        )
        raise BadInputError(msg)


def _linux(architecture: str) -> EcsTaskDefinitionRuntimePlatform:
    return EcsTaskDefinitionRuntimePlatform(cpu_architecture=architecture, operating_system_family="LINUX")


def _storage(gib: int | None) -> EcsTaskDefinitionEphemeralStorage | None:
    return EcsTaskDefinitionEphemeralStorage(size_in_gib=gib) if gib else None


def _volume(file_system: FileSystem) -> EcsTaskDefinitionVolume:
    return EcsTaskDefinitionVolume(
        name=VOLUME,
        efs_volume_configuration=EcsTaskDefinitionVolumeEfsVolumeConfiguration(
            file_system_id=file_system.id,
            transit_encryption="ENABLED",
            authorization_config=EcsTaskDefinitionVolumeEfsVolumeConfigurationAuthorizationConfig(
                access_point_id=file_system.access_point_id, iam="ENABLED"
            ),
        ),
    )
