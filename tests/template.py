"""Ask a synthesized stack what it contains."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from cdktf import TerraformStack, Testing

Properties = dict[str, Any]

REFERENCE = re.compile(r"(?:(data|ephemeral)\.)?\b((?:aws|terraform)_[a-z0-9_]+)\.([A-Za-z_][\w-]*)")
"""What an expression calls a resource; words inside of names, such as `x_aws_y`, are none."""


class Template:
    """The Terraform JSON of a stack."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    @classmethod
    def of(cls, stack: TerraformStack) -> "Template":
        """Synthesize *stack*."""
        return cls(json.loads(Testing.synth(stack)))

    def all(self, kind: str) -> dict[str, Properties]:
        """Return all resources of the type *kind* by name."""
        return self.document.get("resource", {}).get(kind, {})

    def pushes(self) -> dict[str, Properties]:
        """Return what builds and pushes an image, by name."""
        return {name: each for name, each in self.all("terraform_data").items() if "provisioner" in each}

    def one(self, kind: str) -> Properties:
        """Return the only resource of the type *kind*."""
        found = self.all(kind)
        assert len(found) == 1, f"expected one {kind}, got {sorted(found)}"
        return next(iter(found.values()))

    def resources(self) -> dict[str, Properties]:
        """Return all resources, data sources and ephemeral ones by address."""
        return {
            f"{'' if block == 'resource' else block + '.'}{kind}.{name}": properties
            for block in ("resource", "data", "ephemeral")
            for kind, named in self.document.get(block, {}).items()
            for name, properties in named.items()
        }

    def statements(self, kind: str = "aws_iam_role_policy", name: str | None = None) -> list[tuple[str, Properties]]:
        """Return the statements of all policies of the type *kind*, or of *name* alone, each with its policy's name."""
        return [
            (each, statement)
            for each, properties in self.all(kind).items()
            if name in (None, each)
            for statement in json.loads(properties["policy"])["Statement"]
        ]

    def actions(self, role: str) -> set[str]:
        """Return what the policy of *role* allows, on whatever resource."""
        return {action for _, statement in self.statements(name=role) for action in statement["Action"]}

    def containers(self, task_definition: str) -> dict[str, Properties]:
        """Return the containers of a task definition by name."""
        definition = self.all("aws_ecs_task_definition")[task_definition]
        return {each["name"]: each for each in json.loads(definition["container_definitions"])}

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


def _named(value: object) -> set[str]:
    """Return the addresses that *value* names, in expressions and in depends_on."""
    match value:
        case str():
            expressions = re.findall(r"\$\{([^}]*(?:\{[^}]*\}[^}]*)*)\}", value)
            return {_address(*found) for expression in expressions for found in REFERENCE.findall(expression)}
        case list():
            return {address for each in value for address in _named(each)}
        case dict():
            dependencies = {
                _address(*found) for each in value.get("depends_on") or () for found in REFERENCE.findall(each)
            }
            return dependencies | {
                address for key, each in value.items() if key not in ("//", "depends_on") for address in _named(each)
            }
        case _:
            return set()


def _address(block: str, kind: str, name: str) -> str:
    return f"{block + '.' if block else ''}{kind}.{name}"


def environment(container: Properties) -> dict[str, str]:
    """Return the variables of a container definition."""
    return {each["name"]: each["value"] for each in container.get("environment", ())}


def secrets(container: Properties) -> dict[str, str]:
    """Return the references to secrets of a container definition, by variable."""
    return {each["name"]: each["valueFrom"] for each in container.get("secrets", ())}
