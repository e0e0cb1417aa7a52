"""The policies of a stage by name, as `airflow-fargate policy` prints them."""

from __future__ import annotations

import json
from itertools import chain
from textwrap import fill, indent
from typing import TYPE_CHECKING, Any

from airflow_on_fargate.pipeline_roles.compute import compute
from airflow_on_fargate.pipeline_roles.dags import deploy_dags, plan_dags, push_dags, push_policies
from airflow_on_fargate.pipeline_roles.data import data
from airflow_on_fargate.pipeline_roles.features import domain, ec2_capacity
from airflow_on_fargate.pipeline_roles.images import find_images, push_images
from airflow_on_fargate.pipeline_roles.network import network
from airflow_on_fargate.pipeline_roles.operate import operate
from airflow_on_fargate.pipeline_roles.plan import assume_state_role, own_secrets, plan, plan_features
from airflow_on_fargate.pipeline_roles.roles import roles
from airflow_on_fargate.pipeline_roles.secrets_of_users import user_secrets
from airflow_on_fargate.pipeline_roles.stage_arns import StageArns
from constructs_lib.settings.github_roles import PUSH_DAGS
from constructs_lib.shared.bad_input import BadInputError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_on_fargate.pipeline_roles.stage_arns import Statement
    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.task_folder import TaskFolder

WIDTH = 100
DEPLOY = "deploy-"
"""The prefix of the policies that a deploy role needs in addition to the plan policy."""
INLINE = {
    "plan-images": find_images,
    "plan-state-role": assume_state_role,
    "plan-dags": plan_dags,
    f"{DEPLOY}dags": deploy_dags,
    "images": push_images,
    PUSH_DAGS: push_dags,
}
"""Policies that are short. A role with all policies has them inline: it can have only ten managed ones."""


def policies(settings: Settings, folders: Sequence[TaskFolder]) -> dict[str, dict[str, Any]]:
    """Return the documents of all policies of a stage; each fits a managed policy of IAM (6,144 characters)."""
    arns = StageArns(settings)
    statements = {
        "plan": plan(arns, settings),
        "plan-features": plan_features(arns, settings),
        "plan-secrets": chain(own_secrets(arns, settings), user_secrets(arns, settings, folders)),
        f"{DEPLOY}network": network(arns, settings),
        f"{DEPLOY}compute": compute(arns),
        f"{DEPLOY}data": data(arns, settings),
        f"{DEPLOY}roles": roles(arns, settings),
        f"{DEPLOY}ec2-capacity": ec2_capacity(arns, settings),
        f"{DEPLOY}domain": domain(arns, settings),
        "operate": operate(arns, settings),
        **{name: each(settings) for name, each in INLINE.items()},
        **push_policies(settings),
    }
    documents = {name: list(each) for name, each in statements.items()}
    return {name: {"Version": "2012-10-17", "Statement": each} for name, each in documents.items() if each}


def read_policy(name: str, settings: Settings, folders: Sequence[TaskFolder]) -> str:
    """
    Return the JSON of the policy *name* of a stage.

    Raises:
        BadInputError: the stage has no such policy; the sentence names the nearest, or all.

    """
    documents = policies(settings, folders)
    if name not in documents:
        msg = f"{settings.name} has no policy {name[:80]!r}; {nearest(name, documents)}"
        raise BadInputError(msg)
    return write(documents[name])


def write(document: dict[str, Any]) -> str:
    """Return the JSON of a policy, with several items of a list on a line."""
    statements = ",\n".join(indent(_statement(each), " " * 4) for each in document["Statement"])
    return f'{{\n  "Version": {json.dumps(document["Version"])},\n  "Statement": [\n{statements}\n  ]\n}}'


def _statement(statement: Statement) -> str:
    lines = ",\n".join(indent(f"{json.dumps(key)}: {_value(value)}", "  ") for key, value in statement.items())
    return f"{{\n{lines}\n}}"


def _value(value: object) -> str:
    text = json.dumps(value)
    if not isinstance(value, list) or len(text) < WIDTH:
        return text
    lines = fill(", ".join(map(json.dumps, value)), WIDTH, break_long_words=False, break_on_hyphens=False)
    return f"[\n{indent(lines, '  ')}\n]"
