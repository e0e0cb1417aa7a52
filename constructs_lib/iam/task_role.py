"""What a task may do in AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from constructs_lib.engine.order import Ready
from constructs_lib.iam.policy import Conditions, Statement, allow, policy_document, trust

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs_lib.iam.account import Account


class Grantable(Protocol):
    """Something that calls AWS with its own role."""

    @property
    def role(self) -> TaskRole:
        """The role that grants go into."""


class TaskRole(Construct):
    """
    Define a role that only ECS tasks of this account and region can take; it has no permission at first.

    All grants are in one inline policy, so that a service can wait for it. *path* follows the account's role path.
    """

    def __init__(self, scope: Construct, id_: str, *, account: Account, name: str, path: str = "") -> None:
        super().__init__(scope, id_)

        self._statements: list[Statement] = []
        self._policy: IamRolePolicy | None = None
        self._role = IamRole(
            self,
            "Resource",
            name=name,
            path=f"{account.role_path}{path}",
            permissions_boundary=account.permissions_boundary_arn,
            assume_role_policy=policy_document([trust("ecs-tasks.amazonaws.com", account, account.arn("ecs", "*"))]),
        )

        self.ready = Ready()
        """The policy, if there is one: AWS refuses the calls of a task that starts before it."""
        self.name = name
        self.arn = self._role.arn

    def allow(self, actions: Sequence[str], resources: Sequence[str], conditions: Conditions | None = None) -> None:
        """Allow *actions* on *resources*; a second call with the same arguments has no effect."""
        self.add(allow(actions, resources, conditions))

    @property
    def role(self) -> TaskRole:
        """The role itself: a role can be passed to a `grant_*` method."""
        return self

    def add(self, *statements: Statement, first: bool = False) -> None:
        """Add *statements* to the role's policy, after its other statements or *first*."""
        new = [each for each in statements if each not in self._statements]
        if not new:
            return
        self._statements = [*new, *self._statements] if first else [*self._statements, *new]
        document = policy_document(self._statements)
        if self._policy:
            self._policy.policy = document
        else:
            # The id is unknown while the role is replaced, which deletes its policies: they are created again.
            self._policy = IamRolePolicy(self, "Policy", name="grants", role=self._role.id, policy=document)
            self.ready.add(self._policy)
