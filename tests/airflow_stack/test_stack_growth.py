"""Promises of the whole stack: that many folders in tasks/ stay within AWS's limits."""

import json

import pytest

from tests.template import Template
from tests.variants import VARIANTS, compose, make_project

POLICY_LIMIT = 10_240
"""The maximum length of a role's inline policies, without white space (AWS: "IAM and STS quotas")."""
TASK_DEFINITION_LIMIT = 64 * 1024
"""Bytes (AWS: "Amazon ECS service quotas")."""


@pytest.fixture(name="few_and_many", scope="module")
def _few_and_many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Template, Template]:
    """Compose the same stage with 2 and with 12 folders."""
    return tuple(  # type: ignore[return-value] # mypy does not count them
        Template.of(
            compose(
                VARIANTS["compact"],
                make_project(tmp_path_factory.mktemp(f"tasks{count}"), *(f"task_{index}" for index in range(count))),
            )
        )
        for count in (2, 12)
    )


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
