"""The AWS account a stage is deployed to."""

from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.data_aws_partition import DataAwsPartition
from constructs import Construct


class Account(Construct):
    """
    Look up the account's id and partition, which only Terraform knows.

    All roles have the path *role_path* in IAM, and *permissions_boundary_arn* as their boundary.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        region: str,
        role_path: str = "/",
        permissions_boundary_arn: str | None = None,
    ) -> None:
        super().__init__(scope, id_)

        self.region = region
        self.role_path = role_path
        self.permissions_boundary_arn = permissions_boundary_arn
        self.id = DataAwsCallerIdentity(self, "Resource").account_id
        self.partition = DataAwsPartition(self, "Partition").partition

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of *resource* in this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.id}:{resource}"

    def global_arn(self, service: str, resource: str) -> str:
        """Return the ARN of *resource* of a service without regions, such as IAM."""
        return f"arn:{self.partition}:{service}::{self.id}:{resource}"
