"""The volume that on-demand tasks share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.efs_access_point import (
    EfsAccessPoint,
    EfsAccessPointPosixUser,
    EfsAccessPointRootDirectory,
    EfsAccessPointRootDirectoryCreationInfo,
)
from cdktf_cdktf_provider_aws.efs_file_system import EfsFileSystem, EfsFileSystemLifecyclePolicy
from cdktf_cdktf_provider_aws.efs_file_system_policy import EfsFileSystemPolicy
from cdktf_cdktf_provider_aws.efs_mount_target import EfsMountTarget
from constructs import Construct

from constructs_lib.engine.order import Ready
from constructs_lib.iam.policy import allow, policy_document, tls_only
from constructs_lib.network.network import ZONES
from constructs_lib.network.security_group import SecurityGroup

if TYPE_CHECKING:
    from constructs_lib.iam.task_role import Grantable
    from constructs_lib.network.network import Network
    from constructs_lib.network.security_group import Connectable

NFS = 2049
# The user of Airflow's images: it owns the files of every task.
UID, GID = 50000, 0


class FileSystem(Construct):
    """
    Define an EFS file system, mounted over TLS with IAM authorization through one access point.

    A task that mounts it needs `allow_from()` and `grant_mount()`.
    """

    def __init__(self, scope: Construct, id_: str, *, network: Network, name: str, protected: bool) -> None:
        super().__init__(scope, id_)

        self.security_group = SecurityGroup(self, "SecurityGroup", network=network, owner="FileSystem")
        file_system = EfsFileSystem(
            self,
            "Resource",
            creation_token=name,
            encrypted=True,
            throughput_mode="elastic",
            lifecycle_policy=[EfsFileSystemLifecyclePolicy(transition_to_ia="AFTER_30_DAYS")],
            tags={"Name": name},
            lifecycle=TerraformResourceLifecycle(prevent_destroy=protected),
        )
        access_point = EfsAccessPoint(
            self,
            "AccessPoint",
            file_system_id=file_system.id,
            posix_user=EfsAccessPointPosixUser(uid=UID, gid=GID),
            root_directory=EfsAccessPointRootDirectory(
                path="/shared-volume",
                creation_info=EfsAccessPointRootDirectoryCreationInfo(owner_uid=UID, owner_gid=GID, permissions="0775"),
            ),
            tags={"Name": name},
        )
        EfsFileSystemPolicy(
            self,
            "Policy",
            file_system_id=file_system.id,
            policy=policy_document([tls_only("elasticfilesystem:Client*", [file_system.arn])]),
        )
        self.id = file_system.id
        self.mount_targets = Ready(*self._mount_targets(network))
        self.ready = Ready(self.mount_targets, self.security_group.ready)
        """What must exist before a task mounts the volume."""
        self.access_point_id = access_point.id
        self._arn = file_system.arn
        self._access_point_arn = access_point.arn

    def _mount_targets(self, network: Network) -> list[EfsMountTarget]:
        """Define a mount target in each private subnet."""
        targets = {
            word: EfsMountTarget(
                self,
                f"MountTarget{word}",
                file_system_id=self.id,
                subnet_id=subnet,
                security_groups=[self.security_group.id],
            )
            for word, subnet in network.private_subnets.items()
        }
        for zone, (word, target) in zip(ZONES, targets.items(), strict=False):
            if word != zone:
                # Before they had the ids of existing subnets, the addresses had letters in the order of the list.
                target.move_from_id(f"aws_efs_mount_target.file_system_mount_target_{zone.lower()}")
        return list(targets.values())

    def allow_from(self, peer: Connectable) -> None:
        """Let *peer* reach the mount targets."""
        self.security_group.allow_from(peer, NFS)

    def grant_mount(self, *grantees: Grantable) -> None:
        """Allow to read and write through the access point, not as root."""
        statement = allow(
            ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
            [self._arn],
            {"StringEquals": {"elasticfilesystem:AccessPointArn": self._access_point_arn}},
        )
        for grantee in grantees:
            # ECS mounts the volume before the program starts.
            grantee.role.add(statement, first=True)
