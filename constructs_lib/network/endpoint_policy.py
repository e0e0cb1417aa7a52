"""Who and what may be reached through the VPC endpoints of a closed network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from constructs_lib.iam.policy import policy_document
from constructs_lib.settings.partition import ecr_repository_arn

if TYPE_CHECKING:
    from constructs_lib.iam.account import Account
    from constructs_lib.iam.policy import Statement
    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.task_folder import TaskFolder

NOT_CALLED_BY_TASKS = {"assume_role_arn", "permissions_boundary_arn", "state_kms_key_arn", "state_role_arn"}
"""Settings that hold ARNs for Terraform alone."""
OWN_POLICIES = frozenset({"s3", "ssm"})
"""Services that AWS has resources of its own in."""


@dataclass(frozen=True)
class Perimeter:
    """
    What a stage's users have named of other accounts, and so may reach.

    `accounts` are trusted altogether, of `owners` only the resources. `buckets` are S3 buckets, whose ARNs name no
    account.
    """

    accounts: tuple[str, ...]
    owners: tuple[str, ...]
    buckets: tuple[str, ...]
    has_instances: bool

    @classmethod
    def of(cls, settings: Settings, folders: Iterable[TaskFolder]) -> Perimeter:
        """Collect what the ARNs and images of *settings* and of *folders* name."""
        texts = [
            *_texts(settings.model_dump(exclude=NOT_CALLED_BY_TASKS)),
            *(text for folder in folders for text in _texts(folder.settings.model_dump())),
        ]
        arns = [text.split(":", 5) for text in (ecr_repository_arn(each) or each for each in texts) if _is_arn(text)]
        owners = {account for _, _, _, _, account, _ in arns if re.fullmatch(r"\d{12}", account)}
        buckets = {resource.partition("/")[0] for _, _, service, _, _, resource in arns if service == "s3"}
        return cls(
            accounts=settings.endpoint_accounts,
            owners=tuple(sorted(owners - {*settings.endpoint_accounts})),
            buckets=tuple(sorted(each for each in buckets if each.strip("*?"))),
            has_instances=settings.ec2_capacity is not None,
        )

    def policy(self, service: str, account: Account) -> str:
        """Return the policy of the endpoint to *service*, which limits what roles and resource policies allow."""
        statements = [*self._everywhere(account)]
        if service == "s3":
            statements += self._s3(account)
        if service == "ssm":
            # AWS's own parameters belong to no account.
            parameters = f"arn:{account.partition}:ssm:{account.region}::parameter/aws/*"
            statements.append(_allow("PublicParameters", ["ssm:GetParameter*"], [parameters], self._callers(account)))
        return policy_document(statements)

    def _callers(self, account: Account) -> dict[str, Any]:
        return {"StringEquals": {"aws:PrincipalAccount": [account.id, *self.accounts]}}

    def _everywhere(self, account: Account) -> Iterator[Statement]:
        # Not every action has an owner of what it acts on: `cloudwatch:PutMetricData` knows no resource.
        owners = {"aws:ResourceAccount": [account.id, *self.accounts, *self.owners]}
        yield _allow("OwnAccount", ["*"], ["*"], self._callers(account) | {"StringEqualsIfExists": owners})
        # AWS, data-perimeter-policy-examples: services that act in the network on behalf of the account.
        yield _allow("AwsServices", ["*"], ["*"], {"Bool": {"aws:PrincipalIsAWSService": "true"}})

    def _s3(self, account: Account) -> Iterator[Statement]:
        prefix = f"arn:{account.partition}:s3:::"
        # ECR itself signs the URLs of layers (Amazon ECR User Guide, "Create the Amazon S3 gateway endpoint").
        owned_by_aws = [f"{prefix}prod-{account.region}-starport-layer-bucket/*"]
        if self.has_instances:
            # Packages of Amazon Linux 2023 (AWS, data-perimeter-policy-examples, "Service-owned resources").
            owned_by_aws.append(f"{prefix}al2023-repos-{account.region}-de612dc2/*")
        yield _allow("OwnedByAws", ["s3:GetObject"], owned_by_aws, None)
        if self.buckets:
            named = [f"{prefix}{bucket}{objects}" for bucket in self.buckets for objects in ("", "/*")]
            yield _allow("NamedBuckets", ["s3:*"], named, self._callers(account))


def _allow(sid: str, actions: list[str], resources: list[str], conditions: Mapping[str, Any] | None) -> Statement:
    statement = {"Sid": sid, "Effect": "Allow", "Principal": "*", "Action": actions, "Resource": resources}
    return statement | ({"Condition": conditions} if conditions else {})


def _is_arn(text: str) -> bool:
    return text.startswith("arn:") and text.count(":") >= 5  # noqa: PLR2004 an ARN has six parts


def _texts(value: object) -> Iterator[str]:
    """Yield every text inside *value*."""
    match value:
        case str():
            yield value
        case Mapping():
            yield from (text for each in value.values() for text in _texts(each))
        case list() | tuple():
            yield from (text for each in value for text in _texts(each))
