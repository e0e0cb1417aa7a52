"""Promises of the whole stack: its shape, its names and its references."""

import os
import re
from pathlib import Path

import pytest
from cdktf import Testing

from constructs_lib.airflow_stack import AirflowStack
from tests.template import Template
from tests.variants import STAGE_NAMES, VARIANTS, compose, make_project, variant

HERE = Path(__file__).parents[1]
HOLDS_DATA = (
    "aws_db_instance",
    "aws_ecr_repository",
    "aws_efs_file_system",
    "aws_s3_bucket",
    "aws_secretsmanager_secret",
    "aws_secretsmanager_secret_version",
    "aws_sqs_queue",
)


@pytest.fixture(name="stacks", scope="module")
def _stacks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, AirflowStack]:
    """Compose a project with one task, so that a new task does not change the lists of this project."""
    project = make_project(tmp_path_factory.mktemp("project"), "example_task")
    return {stage: compose(VARIANTS[stage], project) for stage in STAGE_NAMES}


def agree(file: Path, text: str) -> None:
    """Compare *text* with *file*; UPDATE_GOLDEN=1 writes the file instead."""
    if os.environ.get("UPDATE_GOLDEN") == "1":
        file.write_text(text)
    assert file.is_file(), f"{file.name} is missing: UPDATE_GOLDEN=1 writes it"
    assert text == file.read_text(), f"{file.name} differs: if that is meant, UPDATE_GOLDEN=1 writes it anew"


@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_construct_ids_are_a_contract(stage: str, stacks: dict[str, AirflowStack]) -> None:
    """The construct ids, from which state addresses are made, are those of the reviewed list."""
    tree = Testing.render_construct_tree(stacks[stage])

    agree(HERE / f"construct_tree_{stage}.txt", tree.strip() + "\n")


def test_addresses_of_data_are_a_contract(stacks: dict[str, AirflowStack]) -> None:
    """Resources with data keep their addresses, because Terraform would otherwise replace them."""
    addresses = [
        f"airflow-{stage}: {kind}.{name}"
        for stage in STAGE_NAMES
        for template in [Template.of(stacks[stage])]
        for kind in HOLDS_DATA
        for name in sorted(template.all(kind))
    ]

    agree(HERE / "data_addresses.txt", "".join(f"{address}\n" for address in addresses))


def test_addresses_are_words(template: Template) -> None:
    """No address ends with a hash or repeats the name of the stack."""
    for address in template.resources():
        name = address.rpartition(".")[2]

        assert re.fullmatch(r"[a-z][a-z0-9_]*", name) or address.startswith("ephemeral.aws_ssm_parameter."), address
        assert not re.search(r"_[0-9a-f]{8}$", name), address


def test_references_lead_somewhere(template: Template) -> None:
    """Every resource that an expression or `depends_on` names is in the stack."""
    there = template.resources().keys()

    for address, named in template.references().items():
        assert not named - there, f"{address} names what is not there"


def test_nothing_needs_itself(template: Template) -> None:
    """The dependencies have no cycle."""
    for address in template.resources():
        assert address not in template.needs(address), address


def test_no_token_is_left_over(template: Template) -> None:
    """The JSON has no unresolved token of the engine."""
    assert "TfToken" not in str(template.document)


def test_only_the_aws_provider_is_used(template: Template) -> None:
    """The stack uses only the AWS provider and what Terraform has built in."""
    assert template.document["terraform"]["required_providers"].keys() == {"aws"}


def test_everything_is_tagged(template: Template) -> None:
    """The provider tags all resources with the stack's name, and services pass their tags to tasks."""
    [provider] = template.document["provider"]["aws"]
    [default] = provider["default_tags"]

    assert default["tags"]["Stack"] in template.one("aws_ecs_cluster")["name"]
    assert default["tags"]["ManagedBy"] == "terraform"
    for service in template.all("aws_ecs_service").values():
        assert service["propagate_tags"] == "SERVICE"


@pytest.mark.parametrize(
    ("name", "services"),
    [
        ("compact", ["airflow"]),
        ("worker_pool", ["airflow", "worker_default"]),
        ("worker_pools", ["airflow", "worker_high_memory", "worker_spot"]),
        ("split", ["api_server", "dag_processor", "scheduler", "triggerer", "worker_default"]),
    ],
)
def test_the_topology_says_how_many_services(name: str, services: list[str]) -> None:
    """Compact has one service, split one for each process, and each worker pool has its own."""
    assert sorted(variant(name).all("aws_ecs_service")) == services
