"""
The order of creation that Terraform cannot see in references.

A construct collects in its `ready`, a `constructs.DependencyGroup`, what must exist before others can use it. A group
may grow until the stack is synthesized.
"""

from typing import cast

import jsii
from cdktf import Aspects, IAspect, TerraformResource
from constructs import IConstruct, IDependable

from constructs_lib.engine.addressed_stack import state_address_of


def create_after(resource: TerraformResource, *dependencies: IDependable) -> None:
    """Let Terraform create *resource* after all that is in *dependencies* in the end, and destroy it before."""
    resource.node.add_dependency(*dependencies)
    Aspects.of(resource).add(cast("IAspect", _DependsOn()))


@jsii.implements(IAspect)
class _DependsOn:
    """Write the dependencies of a resource's node as `depends_on`: CDKTF visits it when the stack is complete."""

    def visit(self, node: IConstruct) -> None:
        """Set `depends_on` of *node*."""
        resource = cast("TerraformResource", node)
        resource.depends_on = sorted({state_address_of(each) for each in _resources(resource)})


def _resources(resource: TerraformResource) -> list[TerraformResource]:
    """Return the resources of all constructs that *resource* depends on."""
    found: list[TerraformResource] = []
    for dependency in resource.node.dependencies:
        if isinstance(dependency, TerraformResource):
            found.append(dependency)
        else:
            found += [each for each in dependency.node.find_all() if isinstance(each, TerraformResource)]
    return found
