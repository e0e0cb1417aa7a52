"""The roles in AWS that workflows of GitHub Actions use."""

from typing import Annotated

from constructs_lib.settings.values import PolicyArn, like
from constructs_lib.shared.user_model import UserModel

PUSH_DAGS = "push-dags"
"""The policy of the role for pushes of DAGs; only a stage with DAG bundles in S3 has it."""
GitHubRepository = Annotated[
    str,
    # GitHub: the owner's name has up to 39 characters, a repository's up to 100. The owner of an account that a company
    # manages ends with "_" and the company's short name.
    like(
        r"[A-Za-z0-9](?:[-_]?[A-Za-z0-9]){0,38}(?P<ids>@[1-9]\d{0,19})?/[\w.-]{1,100}(?(ids)@[1-9]\d{0,19})",
        "owner and name of a repository, both with their ids or both without, such as team/airflow or"
        " team@123456/airflow@456789",
    ),
]
GitBranch = Annotated[
    str, like(r"\w[\w.-]{0,99}(?:/\w[\w.-]{0,99}){0,4}", "a branch of letters, digits and ._-/, such as main")
]
GitHubEnvironment = Annotated[
    str,
    # GitHub would write a ":" as "%3A" in the subject of a token. Other characters are rare in names.
    like(r"\w[\w.-]{0,99}", "an environment of letters, digits and ._-, such as prod"),
]


class GitHubRoles(UserModel):
    """
    IAM roles for workflows of GitHub Actions, which `airflow-fargate bootstrap` creates: one plans, one deploys.

    If the stage has DAG bundles in S3, a third one pushes DAGs and may do nothing else.

    A workflow assumes them with an OpenID Connect token, so that no access key is stored at GitHub. They need
    `state_bucket`, and exclude `assume_role_arn`.
    """

    repository: GitHubRepository
    """
    The repository of the workflows, as the subject of their tokens names it: `owner/name`, and with the ids of both,
    `owner@123456/name@456789`, if it was created, renamed or transferred after 2026-07-15.
    """
    branch: GitBranch = "main"
    """The branch whose workflows may plan. Workflows of pull requests may always plan."""
    environment: GitHubEnvironment | None = None
    """The environment whose jobs may deploy; `None`: the one with the name of the stage."""
    create_oidc_provider: bool = True
    """Whether to create the identity provider of GitHub. An AWS account can have only one; `False`: it exists."""
    permissions_boundary_arn: PolicyArn | None = None
    """Permissions boundary of the roles, which must allow all that a deployment does."""
