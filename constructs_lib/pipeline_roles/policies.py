"""The policies of a stage by name, as `python main.py policy` prints them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from constructs_lib.pipeline_roles.compute import compute
from constructs_lib.pipeline_roles.data import data
from constructs_lib.pipeline_roles.features import domain, ec2_capacity
from constructs_lib.pipeline_roles.network import network
from constructs_lib.pipeline_roles.operate import operate
from constructs_lib.pipeline_roles.plan import plan
from constructs_lib.pipeline_roles.roles import roles
from constructs_lib.pipeline_roles.stage_arns import StageArns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs_lib.settings import Settings
    from constructs_lib.task_folder import TaskFolder

DEPLOY = "deploy-"
"""What the names begin with of the policies that make a deploy role, together with the plan policy."""


def policies(settings: Settings, folders: Sequence[TaskFolder]) -> dict[str, dict[str, Any]]:
    """Return the documents of all policies of a stage; each fits a managed policy of IAM (6,144 characters)."""
    arns = StageArns(settings)
    statements = {
        "plan": plan(arns, settings, folders),
        f"{DEPLOY}network": network(arns, settings),
        f"{DEPLOY}compute": compute(arns),
        f"{DEPLOY}data": data(arns, settings),
        f"{DEPLOY}roles": roles(arns, settings),
        "operate": operate(arns, settings),
    }
    if settings.ec2_capacity:
        statements[f"{DEPLOY}ec2-capacity"] = ec2_capacity(arns, settings)
    if settings.domain_name:
        statements[f"{DEPLOY}domain"] = domain(arns, settings)
    return {name: {"Version": "2012-10-17", "Statement": list(each)} for name, each in statements.items()}


def write(document: dict[str, Any]) -> str:
    """Return the JSON of a policy for people, a statement's actions on one line each."""
    return json.dumps(document, indent=2)
