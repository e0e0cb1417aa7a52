"""What tests ask a synthesized stack beyond what programs do."""

import json
from collections.abc import Iterator
from functools import cached_property
from typing import Self

from cdktf import TerraformStack, Testing

from constructs_lib.engine.synthesized_stack import Attributes as Properties
from constructs_lib.engine.synthesized_stack import SynthesizedStack, environment, secrets
from constructs_lib.engine.template import address_reference, references

__all__ = ["Properties", "Template", "environment", "secrets"]


class Template(SynthesizedStack):
    """The Terraform JSON of a stack."""

    @classmethod
    def of(cls, stack: TerraformStack) -> Self:
        """Synthesize *stack*."""
        return cls(json.loads(Testing.synth(stack)))

    def pushes(self) -> dict[str, Properties]:
        """Return what builds and pushes an image, by name."""
        return {name: each for name, each in self.all("terraform_data").items() if "provisioner" in each}

    def resources(self) -> dict[str, Properties]:
        """Return the attributes of all resources, data sources and ephemeral ones by address."""
        return {each.address: each.attributes for each in self.all_resources()}

    def actions(self, role: str) -> set[str]:
        """Return the actions that the policy of *role* allows, on any resource."""
        return {action for _, statement in self.statements(name=role) for action in statement["Action"]}

    def all_containers(self) -> Iterator[tuple[str, Properties]]:
        """Yield each container of each task definition with the latter's name."""
        for name in self.all("aws_ecs_task_definition"):
            for container in self.containers(name).values():
                yield name, container

    def needs(self, address: str) -> set[str]:
        """Return the addresses of what Terraform makes before *address*."""
        found: set[str] = set()
        waiting = [address]
        while waiting:
            for each in self._edges[waiting.pop()] - found:
                found.add(each)
                waiting.append(each)
        return found

    def references(self) -> dict[str, set[str]]:
        """Return for each address, output and provider the addresses that it names, there or not."""
        named = {address: _named(properties) for address, properties in self.resources().items()}
        return named | {part: _named(self.document.get(part, {})) for part in ("output", "provider", "locals")}

    @cached_property
    def _edges(self) -> dict[str, set[str]]:
        return self.references()


def _named(value: Properties) -> set[str]:
    """Return the addresses that *value* names, in expressions and in `depends_on`."""
    found = {each.address for each in references({key: each for key, each in value.items() if key != "//"})}
    return found | {address_reference(each).address for each in value.get("depends_on", ())}
