"""The Terraform state of a stage, and what must not be done with the stage because of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from packaging.version import InvalidVersion, Version

from airflow_on_fargate.advice import advised
from constructs_lib.push_image.image_content import CONTENT
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.version import DISTRIBUTION, OUTPUT, package_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from constructs_lib.engine.synthesized_stack import SynthesizedStack

PROTECTING = ("deletion_protection", "enable_deletion_protection")
"""Attributes of resources that AWS refuses to delete."""


CONTENT_NAME = f"_{CONTENT.lower()}"
"""The end of the names of the resources with the parts of an image."""


def parts_of_images(stack: SynthesizedStack) -> dict[str, Mapping[str, str]]:
    """Return the hashes of the parts of each Airflow image that is built for *stack*, by their resource."""
    resources = stack.all("terraform_data").items()
    return {name: resource["triggers_replace"] for name, resource in resources if name.endswith(CONTENT_NAME)}


class DeployedState:
    """The state (version 4) that Terraform prints as *text*; that of a stage that was never deployed is empty."""

    def __init__(self, text: str) -> None:
        self._state: dict[str, Any] = json.loads(text) if text.strip() else {}

    @property
    def package_version(self) -> Version | None:
        """The version of the package that has deployed the stage; None for versions without the output."""
        try:
            return Version(self._state["outputs"][OUTPUT]["value"])
        except (KeyError, TypeError, InvalidVersion):
            return None

    def still_protected(self) -> Iterator[str]:
        """Yield the addresses of the resources that AWS refuses to delete."""
        for resource in self._state.get("resources", []):
            for instance in resource["instances"]:
                if any(instance["attributes"].get(attribute) for attribute in PROTECTING):
                    yield f"{resource['type']}.{resource['name']}"

    def changed_parts(self, stack: SynthesizedStack) -> list[str]:
        """
        Return the parts of the Airflow image, such as `plugins/`, that the *stack* changes.

        There are none if the stage was never deployed, or its image is not built from the project.
        """
        before, after = self._parts(), parts_of_images(stack)
        pairs = [(before[name], after[name]) for name in sorted(before.keys() & after.keys())]
        return sorted(
            {part for old, new in pairs for part in old.keys() | new.keys() if old.get(part) != new.get(part)}
        )

    def _parts(self) -> dict[str, Mapping[str, str]]:
        return {
            resource["name"]: resource["instances"][0]["attributes"]["triggers_replace"]["value"]
            for resource in self._state.get("resources", [])
            if resource["type"] == "terraform_data" and resource["name"].endswith(CONTENT_NAME)
        }

    def refuse_older_package(self, action: str, *, stack: str, option: str) -> None:
        """
        Refuse an *action* on the stage's *stack* if a newer version of the package has deployed it.

        An older version does not know the addresses of the newer one: Terraform would delete and create resources that
        the newer one has moved. *option* of the command line allows it.

        Raises:
            BadInputError: the sentence has both versions and what to do.

        """
        deployed, own = self.package_version, package_version()
        if deployed and deployed > Version(own):
            msg = (
                f"cannot {action} {stack}: version {deployed} of {DISTRIBUTION} has deployed it, and this is {own};"
                f" install {deployed} or newer, or go back on purpose with {option}"
            )
            raise BadInputError(msg)

    def refuse_protected(self, *, stage: str) -> None:
        """
        Refuse to destroy the *stage* if AWS protects one of its resources.

        Terraform itself would fail half-way: it would delete the services, and then AWS would refuse to delete the
        database.

        Raises:
            BadInputError: the sentence has the addresses and what to do.

        """
        if found := sorted(self.still_protected()):
            msg = (
                f"AWS still protects {', '.join(found)}, because protected=False is not deployed yet:"
                f" run {advised('deploy', stage)} first"
            )
            raise BadInputError(msg)
