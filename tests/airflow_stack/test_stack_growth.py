"""Promises of the whole stack: that many folders in tasks/ stay within AWS's limits."""

import json

import pytest

from tests.template import Template

POLICY_LIMIT = 10_240
"""The maximum length of a role's inline policies, without white space (AWS: "IAM and STS quotas")."""
TASK_DEFINITION_LIMIT = 64 * 1024
"""Bytes (AWS: "Amazon ECS service quotas")."""


@pytest.fixture(name="few_and_many")
def _few_and_many(compact: Template, twelve_tasks: Template) -> tuple[Template, Template]:
    """Return the same stage with the project's own folders and with twelve."""
    return compact, twelve_tasks


def test_airflows_permissions_do_not_grow(few_and_many: tuple[Template, Template]) -> None:
    """Another task folder adds nothing to the roles of Airflow's services."""
    few, many = (
        {
            name: json.loads(policy["policy"])
            for name, policy in template.all("aws_iam_role_policy").items()
            if not name.startswith("dag_tasks_")
        }
        for template in few_and_many
    )

    assert few == many


def test_every_role_stays_within_its_limit(few_and_many: tuple[Template, Template]) -> None:
    """A role's inline policies stay below AWS's limit, with a long ARN for each token."""
    for template in few_and_many:
        sizes: dict[str, int] = {}
        for policy in template.all("aws_iam_role_policy").values():
            text = json.dumps(json.loads(policy["policy"]), separators=(",", ":"))
            sizes[policy["role"]] = sizes.get(policy["role"], 0) + len(text) + text.count("${") * 100

        assert max(sizes.values()) < POLICY_LIMIT


def test_airflows_environment_does_not_grow(few_and_many: tuple[Template, Template]) -> None:
    """Another task folder adds nothing to the environment of Airflow's containers."""
    few, many = (template.containers("airflow") for template in few_and_many)

    assert {name: each["environment"] for name, each in few.items()} == {
        name: each["environment"] for name, each in many.items()
    }
    for template in few_and_many:
        for definition in template.all("aws_ecs_task_definition").values():
            assert len(json.dumps(definition)) < TASK_DEFINITION_LIMIT / 2
