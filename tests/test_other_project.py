"""Promises of the constructs in a stack of another project."""

import pytest

from constructs_lib.network.network import Nat
from tests.other_project import composed


@pytest.mark.parametrize("nat", ["single", "per_az", "none"])
def test_what_it_refers_to_exists(nat: Nat) -> None:
    """Every address in the JSON of another project exists."""
    template = composed(nat)
    existing = template.resources().keys()

    for address, named in template.references().items():
        assert not named - existing, address


def test_the_order_holds_there_too() -> None:
    """The order of creation works in a stack of another project."""
    template = composed("single")
    [start] = [name for name, each in template.all("terraform_data").items() if "depends_on" in each]
    kinds = {address.partition(".")[0] for address in template.all("terraform_data")[start]["depends_on"]}

    assert kinds == {
        "aws_db_instance",
        "aws_iam_role_policy",
        "aws_route",
        "aws_route_table_association",
        "aws_secretsmanager_secret_version",
        "aws_vpc_endpoint",
        "aws_vpc_security_group_ingress_rule",
    }
