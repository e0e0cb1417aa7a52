"""
Refuse to destroy a protected stage: `terraform state pull | python -m airflow_on_fargate.deployed_protection`.

Terraform itself would fail half-way: it would delete the services, and then AWS would refuse to delete the database.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

ATTRIBUTES = ("deletion_protection", "enable_deletion_protection")


def still_protected(state: Mapping[str, Any]) -> Iterator[str]:
    """Yield the addresses of the resources in a Terraform *state* (version 4) that AWS refuses to delete."""
    for resource in state.get("resources", []):
        for instance in resource["instances"]:
            if any(instance["attributes"].get(attribute) for attribute in ATTRIBUTES):
                yield f"{resource['type']}.{resource['name']}"


def main() -> None:
    """Read a state from standard input; exit with 1 and a sentence if one of its resources is protected."""
    text = sys.stdin.read()
    # A stage that was never deployed has an empty state.
    found = sorted(still_protected(json.loads(text))) if text.strip() else []
    if found:
        sys.exit(
            f"error: AWS still protects {', '.join(found)}, because protected=False is not deployed yet:"
            " run make deploy for the stage first, then make destroy"
        )


if __name__ == "__main__":
    main()
