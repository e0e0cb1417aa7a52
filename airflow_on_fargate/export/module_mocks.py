"""
The test of a module that plans all of it, with mocks in place of AWS.

Terraform has no mocks for ephemeral resources, which create the passwords, before its pull request 38928 of July 2026.
OpenTofu has them (its pull request 4253). Terraform does not read a file with the ending `.tofutest.hcl`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_on_fargate.export.hcl import Block, Body, expression
from airflow_on_fargate.export.variable import quoted
from constructs_lib.engine.template import references

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from airflow_on_fargate.export.module import Module
    from constructs_lib.settings.settings import Settings

FILE = "tests/plan.tofutest.hcl"
ACCOUNT, REGION, ZONES = "123456789012", "eu-central-1", ["a", "b", "c", "d", "e", "f"]
ARN = f"arn:aws:service:{REGION}:{ACCOUNT}:mock"
"""A mock has random text for what AWS chooses. The provider refuses a policy with a text that is no ARN."""
RECORD = ("domain_name", "resource_record_name", "resource_record_type", "resource_record_value")
"""The record that proves a domain to ACM."""
STAGE = "mocked"


def mocked_plan(module: Module, settings: Settings, required: Mapping[str, str]) -> list[Block]:
    """Return the blocks of the test; *settings* are those of the stage, *required* the variables without default."""
    name = quoted(f"airflow-{STAGE}")
    check = Body({"condition": f"output.cluster_name == {name}", "error_message": quoted("The name has no stage.")})
    return [
        Block(
            "mock_provider", ("aws",), Body({}, [*_mocked_data(module, settings), *_mocked_resources(module, settings)])
        ),
        *_subnets(module, settings),
        Block("variables", (), Body({"stage": quoted(STAGE), **required})),
        Block("run", ("plan",), Body({"command": "plan"}, [Block("assert", (), check)])),
    ]


def _mocked_data(module: Module, settings: Settings) -> Iterator[Block]:
    yield _mock("mock_data", "aws_caller_identity", {"account_id": ACCOUNT})
    yield _mock("mock_data", "aws_partition", {"partition": "aws"})
    yield _mock("mock_data", "aws_region", {"region": REGION})
    yield _mock("mock_data", "aws_availability_zones", {"names": ZONES})
    yield _mock("mock_data", "aws_route53_zone", {"name": settings.domain_name or ""})
    for type_ in _types_with_arn(module, "data"):
        yield _mock("mock_data", type_, {"arn": ARN})


def _mocked_resources(module: Module, settings: Settings) -> Iterator[Block]:
    """Yield an ARN of each type whose ARN is used, the record of a certificate, and what the database's checks read."""
    others: dict[str, dict[str, object]] = {
        "aws_acm_certificate": {"domain_validation_options": [dict.fromkeys(RECORD, "mock")]},
        "aws_db_instance": {"engine_version_actual": f"{settings.database_version}.1", "availability_zone": ZONES[0]},
    }
    for type_ in sorted({*_types_with_arn(module, ""), *others}):
        yield _mock("mock_resource", type_, {"arn": ARN, **others.get(type_, {})})


def _types_with_arn(module: Module, block: str) -> list[str]:
    used = {each.type for each in references(module.document) if (each.block, each.attribute) == (block, "arn")}
    return sorted(used)


def _subnets(module: Module, settings: Settings) -> Iterator[Block]:
    """Yield the subnets of an existing network: those of a kind are in zones of their own."""
    network = settings.existing_network
    for kind in ("private", "public"):
        names = [each for each in module.document["data"].get("aws_subnet", {}) if f"_{kind}_" in each]
        for name, zone in zip(names, ZONES, strict=False):
            values = {"vpc_id": network.vpc_id if network else "", "availability_zone": zone}
            target = {"target": f"data.aws_subnet.{name}", "values": expression(values)}
            yield Block("override_data", (), Body(target))


def _mock(kind: str, type_: str, defaults: Mapping[str, object]) -> Block:
    return Block(kind, (type_,), Body({"defaults": expression(defaults)}))
