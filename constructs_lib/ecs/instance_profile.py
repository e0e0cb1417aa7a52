"""The instance profile of EC2 instances: what they may do in AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.iam_instance_profile import IamInstanceProfile
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from constructs_lib.engine.order import Ready
from constructs_lib.iam.policy import allow, policy_document
from constructs_lib.settings.partition import partition_of

if TYPE_CHECKING:
    from constructs_lib.iam.account import Account


class InstanceProfile(Construct):
    """
    Define the role of the instances of *cluster*: it may register them there and run tasks.

    It allows no images, secrets or logs: for these the agent uses the execution role of each task.
    """

    def __init__(self, scope: Construct, id_: str, *, account: Account, name: str, cluster: str) -> None:
        super().__init__(scope, id_)

        path = f"{account.role_path}{cluster}/"
        service = partition_of(account.region).ec2_principal
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        role = IamRole(
            self,
            "Role",
            name=name,
            path=path,
            permissions_boundary=account.permissions_boundary_arn,
            assume_role_policy=policy_document([trust]),
        )
        policy = IamRolePolicy(
            self,
            "Policy",
            name="grants",
            # The id is unknown while the role is replaced, which deletes its policies: they are created again.
            role=role.id,
            policy=policy_document(
                [
                    # AWS limits it to no resource: the agent looks up its endpoint with it.
                    allow(["ecs:DiscoverPollEndpoint"], ["*"]),
                    allow(
                        [
                            "ecs:DeregisterContainerInstance",
                            "ecs:RegisterContainerInstance",
                            "ecs:SubmitAttachmentStateChanges",
                            "ecs:SubmitContainerStateChange",
                            "ecs:SubmitTaskStateChange",
                        ],
                        [account.arn("ecs", f"cluster/{cluster}")],
                    ),
                    allow(
                        ["ecs:Poll", "ecs:StartTelemetrySession"],
                        [account.arn("ecs", f"container-instance/{cluster}/*")],
                    ),
                ]
            ),
        )
        profile = IamInstanceProfile(self, "Resource", name=name, path=path, role=role.id)

        self.arn = profile.arn
        self.ready = Ready(policy)
