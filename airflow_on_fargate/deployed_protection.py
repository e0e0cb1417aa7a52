"""
Refuse to destroy a protected stage.

Terraform itself would fail half-way: it would delete the services, and then AWS would refuse to delete the database.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from airflow_on_fargate.advice import advised
from constructs_lib.shared.bad_input import BadInputError

ATTRIBUTES = ("deletion_protection", "enable_deletion_protection")


def still_protected(state: Mapping[str, Any]) -> Iterator[str]:
    """Yield the addresses of the resources in a Terraform *state* (version 4) that AWS refuses to delete."""
    for resource in state.get("resources", []):
        for instance in resource["instances"]:
            if any(instance["attributes"].get(attribute) for attribute in ATTRIBUTES):
                yield f"{resource['type']}.{resource['name']}"


def refuse_protected(state: str, *, stage: str) -> None:
    """
    Refuse to destroy the *stage* with this Terraform *state*, if AWS protects one of its resources.

    Raises:
        BadInputError: it does; the sentence has the addresses and what to do.

    """
    # A stage that was never deployed has an empty state.
    if found := sorted(still_protected(json.loads(state))) if state.strip() else []:
        msg = (
            f"AWS still protects {', '.join(found)}, because protected=False is not deployed yet:"
            f" run {advised('deploy', stage)} first"
        )
        raise BadInputError(msg)
