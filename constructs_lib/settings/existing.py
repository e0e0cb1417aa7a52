"""A network or a database that a team already runs, for a stage that does not create its own."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from constructs_lib.settings.values import (
    Host,
    Listed,
    SecretArn,
    SecretKey,
    SecretName,
    SecurityGroupId,
    SubnetId,
    VpcId,
)
from constructs_lib.shared.user_model import UserModel

POSTGRESQL_PORT = 5432


def _differ(ids: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(ids)) != len(ids):
        msg = f"must name each subnet once, got {', '.join(ids)}"
        raise ValueError(msg)
    return ids


SubnetIds = Annotated[tuple[SubnetId, ...], Field(max_length=16), AfterValidator(_differ), Listed]
"""The maximum of ECS is 16 subnets (Amazon ECS API reference, `AwsVpcConfiguration`)."""


class ExistingNetwork(UserModel):
    """
    A VPC and its subnets: a private and a public one in each availability zone. `internal` needs no public ones.

    The private subnets need a route to AWS's services: NAT, or the VPC endpoints of a stage with `nat = "none"`. The
    VPC needs DNS support and DNS host names. The stack changes nothing in it.
    """

    vpc_id: VpcId
    """The VPC, with DNS support and DNS host names."""
    private_subnet_ids: Annotated[SubnetIds, Field(min_length=1)]
    """One in each zone, with a route to AWS's services. A database that the stack creates needs two or more."""
    public_subnet_ids: SubnetIds = ()
    """One in each zone, for the load balancer. With `internal` they are not needed."""


class ExistingDatabase(UserModel):
    """
    An existing PostgreSQL server with an empty database.

    A secret in Secrets Manager, `secret_arn` or `secret_name`, contains user and password as JSON. The stack adds rules
    for its services to `security_group_id` and changes nothing else.
    """

    host: Host
    """The server, reachable inside the VPC."""
    port: int = Field(default=POSTGRESQL_PORT, ge=1, le=65535)
    """The port it listens on."""
    name: str = Field(default="airflow", min_length=1, max_length=63)
    """Name of the database. It must be empty before the first deployment."""
    secret_arn: SecretArn | None = None
    """
    Secret in Secrets Manager that contains user and password as JSON; alternative to `secret_name`. RDS rotates a
    secret that it manages every seven days by default: deploy after each rotation, or change its schedule.
    """
    secret_name: SecretName | None = None
    """Name of that secret, such as `rds!db-0a1b`, in the stage's account and region; alternative to `secret_arn`."""
    username_key: SecretKey = "username"
    password_key: SecretKey = "password"  # noqa: S105 the key of the password
    security_group_id: SecurityGroupId
    """The server's security group; the stack adds rules for its services."""

    @model_validator(mode="after")
    def _has_one_secret(self) -> Self:
        if self.secret_arn is None and self.secret_name is None:
            msg = "needs the secret with the user and the password: set secret_arn or secret_name"
            raise ValueError(msg)
        if self.secret_arn is not None and self.secret_name is not None:
            msg = "secret_arn and secret_name exclude each other: got both, remove one"
            raise ValueError(msg)
        return self

    @property
    def secrets(self) -> dict[str, str]:
        """User and password, as the user names their secrets."""
        secret = self.secret_arn or self.secret_name
        return {"username": f"{secret}:{self.username_key}", "password": f"{secret}:{self.password_key}"}
