"""The blocks that the JSON of a stack becomes."""

from typing import Any

import pytest
from cdktf import Testing
from cdktf_cdktf_provider_aws.ecs_cluster import EcsCluster, EcsClusterSetting
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from constructs import Construct

from airflow_on_fargate.export.layout import Layout
from airflow_on_fargate.export.root import files_of
from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.engine.synthesized_stack import SynthesizedStack
from tests.template import Template

NO_LAYOUT = Layout({}, {}, {})
EMPTY = "terraform {\n  required_providers {}\n}"


def written(document: dict[str, Any], layout: Layout = NO_LAYOUT) -> dict[str, str]:
    """Return the text of each file."""
    files = files_of(SynthesizedStack(document), layout)
    return {name: "\n\n".join(each.text() for each in blocks) for name, blocks in files.items()}


def test_parts_of_the_stack_are_files() -> None:
    """A reader finds a resource by the construct that defines it, and what the provider calls a block is one."""
    stack = AddressedStack(Testing.app(), "team")
    AwsProvider(stack, "Aws", region="eu-central-1", default_tags=[AwsProviderDefaultTags(tags={"Team": "data"})])
    settings = [EcsClusterSetting(name="containerInsights", value="enabled")]
    EcsCluster(Construct(stack, "BatchJobs"), "Cluster", name="jobs", setting=settings)
    EcsCluster(stack, "Other", name="other")

    texts = written(dict(Template.of(stack).document), Layout.of(stack))

    assert texts["batch_jobs"] == (
        'resource "aws_ecs_cluster" "batch_jobs" {\n  name = "jobs"\n\n'
        '  setting {\n    name  = "containerInsights"\n    value = "enabled"\n  }\n}'
    )
    assert texts["main"] == 'resource "aws_ecs_cluster" "other" {\n  name = "other"\n}'
    assert '  default_tags {\n    tags = {\n      Team = "data"\n    }\n  }' in texts["terraform"]


def test_a_provider_that_the_stack_does_not_define_has_arguments_only() -> None:
    """Such as one that a user has added to the JSON."""
    assert written({"provider": {"random": [{"alias": "other"}]}})["terraform"] == (
        f'{EMPTY}\n\nprovider "random" {{\n  alias = "other"\n}}'
    )


def resource(**attributes: object) -> str:
    """Return the body of a resource with *attributes*."""
    text = written({"resource": {"aws_vpc": {"a": attributes}}})["main"]
    return text.removeprefix('resource "aws_vpc" "a" {\n').removesuffix("\n}")


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ({"//": {"metadata": {}}, "x": 1}, "  x = 1"),
        ({"depends_on": ["aws_vpc.b"], "x": 1}, "  x = 1\n\n  depends_on = [aws_vpc.b]"),
        ({"provider": "aws.eu", "x": 1}, "  provider = aws.eu\n  x        = 1"),
        ({"lifecycle": {"ignore_changes": "all"}}, "  lifecycle {\n    ignore_changes = all\n  }"),
        (
            {"lifecycle": {"ignore_changes": ["tags"], "prevent_destroy": True}},
            "  lifecycle {\n    prevent_destroy = true\n    ignore_changes  = [tags]\n  }",
        ),
        (
            {"lifecycle": {"replace_triggered_by": ["${aws_vpc.b.id}"]}},
            "  lifecycle {\n    replace_triggered_by = [aws_vpc.b.id]\n  }",
        ),
        (
            {"lifecycle": {"precondition": [{"condition": "${1 == 1}", "error_message": "no"}]}},
            '  lifecycle {\n    precondition {\n      condition     = 1 == 1\n      error_message = "no"\n    }\n  }',
        ),
        (
            {"provisioner": [{"local-exec": {"command": "rm $${X}", "when": "destroy"}}]},
            '  provisioner "local-exec" {\n    command = "rm $${X}"\n    when    = destroy\n  }',
        ),
        (
            {"dynamic": {"tag": {"for_each": "${local.tags}", "content": {"key": "${tag.key}"}}}},
            '  dynamic "tag" {\n    for_each = local.tags\n\n    content {\n      key = tag.key\n    }\n  }',
        ),
        (
            {"provisioner": [{"remote-exec": {"inline": ["ls"], "connection": {"type": "ssh"}}}]},
            '  provisioner "remote-exec" {\n    inline = ["ls"]\n\n    connection {\n      type = "ssh"\n    }\n  }',
        ),
    ],
)
def test_terraforms_own_arguments_have_their_form(attributes: dict[str, object], text: str) -> None:
    """They are not in the provider's schema: some are blocks, some take references or keywords without quotes."""
    assert resource(**attributes) == text


@pytest.mark.parametrize(
    ("part", "file", "text"),
    [
        ({"locals": {"a": "${var.b}"}}, "locals", "locals {\n  a = var.b\n}"),
        (
            {"variable": {"b": {"default": 1, "type": "number", "validation": {"condition": "${var.b > 0}"}}}},
            "variables",
            'variable "b" {\n  type    = number\n  default = 1\n\n  validation {\n    condition = var.b > 0\n  }\n}',
        ),
        ({"variable": {"b": {"default": 1}}}, "variables", 'variable "b" {\n  default = 1\n}'),
        ({"output": {"c": {"value": "${var.b}"}}}, "outputs", 'output "c" {\n  value = var.b\n}'),
        (
            {"module": {"d": {"source": "./d", "depends_on": ["aws_vpc.a"]}}},
            "main",
            'module "d" {\n  source = "./d"\n\n  depends_on = [aws_vpc.a]\n}',
        ),
        (
            {"moved": [{"from": "aws_vpc.a", "to": "aws_vpc.b"}]},
            "terraform",
            "moved {\n  from = aws_vpc.a\n  to   = aws_vpc.b\n}",
        ),
        (
            {"removed": [{"from": "aws_vpc.a", "lifecycle": {"destroy": False}}]},
            "terraform",
            "removed {\n  from = aws_vpc.a\n\n  lifecycle {\n    destroy = false\n  }\n}",
        ),
        (
            {"terraform": {"required_version": ">= 1.11", "backend": {"s3": {"bucket": "states"}}}},
            "terraform",
            (
                'terraform {\n  required_version = ">= 1.11"\n\n  required_providers {}\n\n'
                '  backend "s3" {\n    bucket = "states"\n  }\n}'
            ),
        ),
        (
            {"terraform": {"cloud": {"organization": "team", "workspaces": {"name": "airflow"}}}},
            "terraform",
            (
                'terraform {\n  required_providers {}\n\n  cloud {\n    organization = "team"\n\n'
                '    workspaces {\n      name = "airflow"\n    }\n  }\n}'
            ),
        ),
    ],
)
def test_every_kind_of_block_is_written(part: dict[str, Any], file: str, text: str) -> None:
    """Those of our stacks, and those that a team's own constructs can add."""
    assert written(part)[file].removeprefix(EMPTY).strip() == text


def test_an_ephemeral_resource_stands_with_the_first_that_uses_it() -> None:
    """An ephemeral resource is in the file of the first resource that uses it, or in main.tf if none does."""
    document = {
        "ephemeral": {
            "random": {"first": {}, "unused": {}},
            "secret": {"second": {"value": "${ephemeral.random.first.result}"}},
        },
        "resource": {"aws_db": {"database": {"password": "${ephemeral.secret.second.value}"}}},
    }

    texts = written(document, Layout({"aws_db.database": "database"}, {}, {}))

    assert [line for line in texts["database"].splitlines() if line.startswith("ephemeral")] == [
        'ephemeral "random" "first" {}',
        'ephemeral "secret" "second" {',
    ]
    assert texts["main"] == 'ephemeral "random" "unused" {}'
