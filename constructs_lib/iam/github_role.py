"""Roles that workflows of GitHub Actions assume, and the identity provider that issues their tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_openid_connect_provider import DataAwsIamOpenidConnectProvider
from cdktf_cdktf_provider_aws.iam_openid_connect_provider import IamOpenidConnectProvider
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct

from constructs_lib.engine.names import pascal_case
from constructs_lib.iam.policy import policy_document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdktf_cdktf_provider_aws.iam_policy import IamPolicy

    from constructs_lib.iam.policy import Statement

ISSUER = "token.actions.githubusercontent.com"
"""The host that issues the tokens of workflows (GitHub: "OpenID Connect reference")."""
AUDIENCE = "sts.amazonaws.com"
"""The audience of the tokens that the action `aws-actions/configure-aws-credentials` asks for."""


class GitHubProvider(Construct):
    """Define the account's identity provider for GitHub, or find it if it must not be created."""

    def __init__(self, scope: Construct, id_: str, *, create: bool) -> None:
        super().__init__(scope, id_)

        url = f"https://{ISSUER}"
        self.arn = (
            IamOpenidConnectProvider(self, "Resource", url=url, client_id_list=[AUDIENCE]).arn
            if create
            else DataAwsIamOpenidConnectProvider(self, "Resource", url=url).arn
        )


class GitHubRole(Construct):
    """
    Define a role for jobs whose token has one of *subjects*, such as `repo:owner/name:environment:prod`.

    The limit is ten *managed_policies*; *inline_policies*, statements by name, may have 10,240 characters together
    (AWS: "IAM and AWS STS quotas").
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        path: str,
        provider: GitHubProvider,
        subjects: Sequence[str],
        managed_policies: Mapping[str, IamPolicy],
        inline_policies: Mapping[str, Sequence[Statement]],
        session_sec: int,
        permissions_boundary_arn: str | None,
    ) -> None:
        super().__init__(scope, id_)

        role = IamRole(
            self,
            "Resource",
            name=name,
            path=path,
            description=f"For GitHub Actions: {', '.join(subjects)}",
            max_session_duration=session_sec,
            permissions_boundary=permissions_boundary_arn,
            assume_role_policy=policy_document([_trust(provider, subjects)]),
        )
        for policy, managed in managed_policies.items():
            IamRolePolicyAttachment(self, pascal_case(policy), role=role.name, policy_arn=managed.arn)
        for policy, statements in inline_policies.items():
            # The id is unknown while the role is replaced, which deletes its policies: they are created again.
            IamRolePolicy(self, pascal_case(policy), name=policy, role=role.id, policy=policy_document(statements))

        self.arn = role.arn


def _trust(provider: GitHubProvider, subjects: Sequence[str]) -> Statement:
    """Return who may assume the role. `StringEquals` compares whole subjects: no other repository matches."""
    return {
        "Effect": "Allow",
        "Principal": {"Federated": provider.arn},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": list(subjects)}},
    }
