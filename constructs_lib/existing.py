"""What a team already runs and a stage uses instead of making its own."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from constructs_lib.settings_values import Host, Listed, SecretArn, SecurityGroupId, SubnetId, VpcId
from constructs_lib.user_text import Text


def _differ(ids: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(ids)) != len(ids):
        msg = f"must name each subnet once, got {', '.join(ids)}"
        raise ValueError(msg)
    return ids


SubnetIds = Annotated[tuple[SubnetId, ...], Field(min_length=2, max_length=3), AfterValidator(_differ), Listed]


class ExistingNetwork(BaseModel):
    """
    A VPC with its subnets, one of each kind in every availability zone.

    The private subnets need a route out (NAT or the VPC endpoints that `make synth` would make) and the VPC needs DNS
    support and DNS host names: the stack changes nothing in it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    vpc_id: VpcId
    private_subnet_ids: SubnetIds
    public_subnet_ids: SubnetIds


class ExistingDatabase(BaseModel):
    """
    A PostgreSQL server that is there already, with an empty database on it.

    `secret_arn` is a Secrets Manager secret that holds JSON with the keys `username` and `password`, as RDS makes them.
    The stack adds rules to `security_group_id` for its services and changes nothing else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    host: Host
    port: int = Field(default=5432, ge=1, le=65535)
    name: Text = Field(default="airflow", min_length=1, max_length=63)
    secret_arn: SecretArn
    security_group_id: SecurityGroupId
