"""
Dependencies between resources that Terraform cannot see in references.

The `ready` of a construct contains what must exist before others can use the construct.
"""

from __future__ import annotations

from typing import cast
from weakref import WeakKeyDictionary

import jsii
from cdktf import Aspects, IAspect, TerraformResource
from constructs import Dependable, IConstruct, IDependable

from constructs_lib.engine.addressed_stack import state_address_of


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


def create_after(resource: TerraformResource, *dependencies: IDependable | Ready) -> None:
    """Make Terraform create *resource* after the final content of *dependencies*, and destroy it before."""
    if resource not in _AFTER:
        _AFTER[resource] = Ready()
        Aspects.of(resource).add(cast("IAspect", _DependsOn(_AFTER[resource])))
    _AFTER[resource].add(*dependencies)


@jsii.implements(IAspect)
class _DependsOn:
    """Write what a resource waits for to `depends_on` when the stack is complete."""

    def __init__(self, ready: Ready) -> None:
        self._ready = ready

    def visit(self, node: IConstruct) -> None:
        """Set `depends_on` of *node*."""
        resource = cast("TerraformResource", node)
        resource.depends_on = sorted({state_address_of(each) for each in self._ready.resources()})
