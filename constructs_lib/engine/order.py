"""
Dependencies between resources that Terraform cannot see in references.

The `ready` of a construct contains what must exist before others can use the construct.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from weakref import WeakKeyDictionary

import jsii
from cdktf import Aspects, IAspect, TerraformResource, TerraformStack
from constructs import Dependable, IConstruct, IDependable

from constructs_lib.engine.addressed_stack import state_address_of

if TYPE_CHECKING:
    from collections.abc import Sequence


class Ready:
    """
    Resources, and the `Ready` of others, that must exist before a construct can be used.

    It can grow until the stack is synthesized. A `constructs.DependencyGroup` works too, but each call of it is a
    message to Node, and the groups of a stage would take a seventh of the time to compose it.
    """

    def __init__(self, *dependencies: IDependable | Ready) -> None:
        self._dependencies = [*dependencies]

    def add(self, *dependencies: IDependable | Ready) -> None:
        """Add *dependencies*."""
        self._dependencies += dependencies

    def resources(self) -> set[TerraformResource]:
        """Return the resources of all dependencies; those of a construct are all that it contains."""
        found: set[TerraformResource] = set()
        for dependency in self._dependencies:
            if isinstance(dependency, Ready):
                found |= dependency.resources()
            elif isinstance(dependency, TerraformResource):
                found.add(dependency)
            else:
                found |= _resources_in(dependency)
        return found


def _resources_in(dependency: IDependable) -> set[TerraformResource]:
    """Return the resources of a construct or of a group of the engine."""
    roots = Dependable.of(dependency).dependency_roots
    return {each for root in roots for each in root.node.find_all() if isinstance(each, TerraformResource)}


_AFTER: WeakKeyDictionary[TerraformResource, Ready] = WeakKeyDictionary()
"""What each resource waits for."""
_WAITING: WeakKeyDictionary[TerraformStack, list[TerraformResource]] = WeakKeyDictionary()
"""The resources of each stack that wait."""


def create_after(resource: TerraformResource, *dependencies: IDependable | Ready) -> None:
    """Make Terraform create *resource* after the final content of *dependencies*, and destroy it before."""
    if resource not in _AFTER:
        _AFTER[resource] = Ready()
        waiting = _WAITING.setdefault(TerraformStack.of(resource), [])
        if not waiting:
            # One aspect for all resources of the stack: each takes five messages to Node.
            Aspects.of(resource).add(cast("IAspect", _DependsOn(waiting)))
        waiting.append(resource)
    _AFTER[resource].add(*dependencies)


@jsii.implements(IAspect)
class _DependsOn:
    """Write what *resources* wait for to their `depends_on` when the stack is complete."""

    def __init__(self, resources: Sequence[TerraformResource]) -> None:
        self._resources = resources

    def visit(self, _node: IConstruct) -> None:
        """Set `depends_on` of all resources; the aspect is one of the first of them."""
        for resource in self._resources:
            resource.depends_on = sorted({state_address_of(each) for each in _AFTER[resource].resources()})
