"""Promises of what an EC2 instance may do."""

import json

from tests.template import Template
from tests.variants import variant

ROLE = "cluster_container_instances_profile"


def statements(template: Template) -> dict[str, list[str]]:
    """Return on what each action is allowed."""
    return {
        action: statement["Resource"]
        for _, statement in template.statements(name="cluster_container_instances_profile")
        for action in statement["Action"]
    }


def test_an_instance_serves_its_own_cluster_and_does_nothing_else() -> None:
    """An instance can register and report in its own cluster, and nothing else."""
    template = variant("ec2")
    found = statements(template)
    everywhere = found.pop("ecs:DiscoverPollEndpoint")

    assert everywhere == ["*"]
    assert {action.partition(":")[0] for action in found} == {"ecs"}
    for resources in found.values():
        [resource] = resources
        assert resource.partition(":ecs:")[2].endswith((":cluster/airflow-ec2", ":container-instance/airflow-ec2/*"))


def test_its_role_lies_under_the_stages_path_with_its_boundary() -> None:
    """The instances' role has the stage's path and boundary, and a worker cannot pass it."""
    template = variant("ec2_x86")
    role, profile = template.all("aws_iam_role")[ROLE], template.one("aws_iam_instance_profile")

    assert role["path"] == profile["path"] == "/teams/data/airflow-intel/"
    assert role["permissions_boundary"] == "arn:aws:iam::123456789012:policy/boundary"
    assert profile["role"] == f"${{aws_iam_role.{ROLE}.id}}"


def test_only_ec2_takes_its_role() -> None:
    """Only EC2 can assume the instances' role."""
    [statement] = json.loads(variant("ec2").all("aws_iam_role")[ROLE]["assume_role_policy"])["Statement"]

    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
