"""The EC2 instances that a stage may have for its tasks: what its settings say of them, and what runs there."""

import re
from typing import Literal

from pydantic import Field

from constructs_lib.settings.values import InstanceType
from constructs_lib.shared.user_model import UserModel

GRAVITON = re.compile(r"a1|[a-z]+(-[a-z]+)?\d+g[a-z]*(-\w+)?")
"""Families with ARM processors: `g` after the generation (AWS: "Amazon EC2 instance type naming conventions")."""


class Ec2Capacity(UserModel):
    """Instances that ECS starts when tasks with the capacity `EC2` wait for room, and ends when nothing runs there."""

    instance_type: InstanceType
    """The type of all instances. Its processor is the one that tasks on them are built for."""
    max_instances: int = Field(ge=1, le=5000)
    """Maximum number of instances; there are none while no task needs one."""
    root_volume_gib: int = Field(default=50, ge=30, le=16384)
    """The disk of an instance, for images and files of all its tasks. The system's image needs 30 GiB."""

    @property
    def architecture(self) -> Literal["ARM64", "X86_64"]:
        """What images for these instances are built for."""
        family = self.instance_type.partition(".")[0]
        return "ARM64" if GRAVITON.fullmatch(family) else "X86_64"
