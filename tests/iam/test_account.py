"""Promises of what is only known when Terraform runs."""

from cdktf import TerraformOutput

from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.iam.account import Account
from tests.template import Template


def test_arns_are_of_this_partition_and_account(stack: AddressedStack, account: Account) -> None:
    """ARNs have the partition and account of the caller, and global ones no region."""
    TerraformOutput(stack, "queue", value=account.arn("sqs", "x"))
    TerraformOutput(stack, "role", value=account.global_arn("iam", "role/x"))
    outputs = Template.of(stack).document["output"]

    identity, partition = "${data.aws_caller_identity.account.account_id}", "${data.aws_partition.account.partition}"
    assert outputs["queue"]["value"] == f"arn:{partition}:sqs:eu-central-1:{identity}:x"
    assert outputs["role"]["value"] == f"arn:{partition}:iam::{identity}:role/x"
