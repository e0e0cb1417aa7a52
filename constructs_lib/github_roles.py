"""The stack with the roles of GitHub Actions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cdktf import TerraformOutput
from cdktf_cdktf_provider_aws.iam_policy import IamPolicy

from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.engine.names import pascal_case
from constructs_lib.iam.github_role import GitHubProvider, GitHubRole
from constructs_lib.iam.policy import policy_document
from constructs_lib.settings.github_roles import PUSH_DAGS
from constructs_lib.stage_terraform import configure_terraform

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs import Construct

    from constructs_lib.iam.policy import Statement
    from constructs_lib.settings.github_roles import GitHubRoles
    from constructs_lib.settings.settings import Settings

PLAN = "plan"
"""The prefix of the policies that the role for plans has; the role for deployments has all."""
PLAN_SEC = 60 * 60
"""IAM's default for the maximum duration of a session."""
DEPLOY_SEC = 2 * 60 * 60
"""A first deployment takes up to an hour, and a failing one is watched for half an hour more."""


class GitHubRolesStack(AddressedStack):
    """
    Define the roles of GitHub Actions for a stage that has `github_roles`: one plans, one deploys.

    With the policy `push-dags` a third one pushes DAGs, and may do nothing else.

    *managed_policies* and *inline_policies* have the statements of each policy by its name. The stack's state is in the
    stage's bucket, beside that of the stage. No role can change its own policies.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        roles: GitHubRoles,
        managed_policies: Mapping[str, Sequence[Statement]],
        inline_policies: Mapping[str, Sequence[Statement]],
    ) -> None:
        super().__init__(scope, id_)

        configure_terraform(self, settings, state_key=f"{settings.state_key_prefix}{id_}/terraform.tfstate")
        path = settings.role_path
        provider = GitHubProvider(self, "OidcProvider", create=roles.create_oidc_provider)
        subject = f"repo:{roles.repository}"
        managed = {name: _policy(self, f"{id_}-{name}", path, name, each) for name, each in managed_policies.items()}
        define_role = partial(
            GitHubRole, self, path=path, provider=provider, permissions_boundary_arn=roles.permissions_boundary_arn
        )
        in_environment = [f"{subject}:environment:{roles.environment or settings.stage}"]
        plan = define_role(
            "PlanRole",
            name=f"{id_}-plan",
            subjects=[f"{subject}:pull_request", f"{subject}:ref:refs/heads/{roles.branch}"],
            managed_policies={name: each for name, each in managed.items() if name.startswith(PLAN)},
            inline_policies={name: each for name, each in inline_policies.items() if name.startswith(PLAN)},
            session_sec=PLAN_SEC,
        )
        deploy = define_role(
            "DeployRole",
            name=f"{id_}-deploy",
            subjects=in_environment,
            managed_policies=managed,
            inline_policies=inline_policies,
            session_sec=DEPLOY_SEC,
        )
        if PUSH_DAGS in inline_policies:
            dags = define_role(
                "DagsRole",
                name=f"{id_}-dags",
                # Who pushes DAGs runs code in the stage: the protection rules of its environment apply.
                subjects=in_environment,
                managed_policies={},
                inline_policies={PUSH_DAGS: inline_policies[PUSH_DAGS]},
                session_sec=PLAN_SEC,
            )
            TerraformOutput(self, "dags_role_arn", value=dags.arn, description="The role for pushes of DAGs")
        TerraformOutput(self, "plan_role_arn", value=plan.arn, description="The role for plans")
        TerraformOutput(self, "deploy_role_arn", value=deploy.arn, description="The role for deployments")


def _policy(stack: GitHubRolesStack, name: str, path: str, policy: str, statements: Sequence[Statement]) -> IamPolicy:
    return IamPolicy(stack, pascal_case(policy), name=name, path=path, policy=policy_document(statements))
