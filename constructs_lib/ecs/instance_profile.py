"""What an EC2 instance may do in AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.iam_instance_profile import IamInstanceProfile
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from constructs_lib.iam.policy import allow, policy_document
from constructs_lib.settings.partition import partition_of

if TYPE_CHECKING:
    from cdktf import TerraformResource

    from constructs_lib.iam.account import Account
    from constructs_lib.settings.settings import Settings


class InstanceProfile(Construct):
    """
    Define the role of the instances that belong to the stage's cluster: to register there and to run what ECS sends.

    Images, secrets and logs are not among it: for those the agent takes the execution role of each task.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, settings: Settings, account: Account) -> None:
        super().__init__(scope, id_)

        path = f"{settings.role_path}{settings.name}/"
        service = partition_of(settings.region).ec2_principal
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        role = IamRole(
            self,
            "Role",
            name=name,
            path=path,
            permissions_boundary=settings.permissions_boundary_arn,
            assume_role_policy=policy_document([trust]),
        )
        cluster = account.arn("ecs", f"cluster/{settings.name}")
        policy = IamRolePolicy(
            self,
            "Policy",
            name="grants",
            # The id is unknown while the role is replaced, which deletes its policies: they are created again.
            role=role.id,
            policy=policy_document(
                [
                    # AWS limits it to no resource: it tells the agent where to ask.
                    allow(["ecs:DiscoverPollEndpoint"], ["*"]),
                    allow(
                        [
                            "ecs:DeregisterContainerInstance",
                            "ecs:RegisterContainerInstance",
                            "ecs:SubmitAttachmentStateChanges",
                            "ecs:SubmitContainerStateChange",
                            "ecs:SubmitTaskStateChange",
                        ],
                        [cluster],
                    ),
                    allow(
                        ["ecs:Poll", "ecs:StartTelemetrySession"],
                        [account.arn("ecs", f"container-instance/{settings.name}/*")],
                    ),
                ]
            ),
        )
        profile = IamInstanceProfile(self, "Resource", name=name, path=path, role=role.id)

        self.arn = profile.arn
        self.resources: list[TerraformResource] = [policy]
