"""
Dependencies between resources that Terraform cannot see in references.

The `ready` of a construct, a `constructs.DependencyGroup`, contains what must exist before others can use the
construct. A group can grow until the stack is synthesized.
"""

from typing import cast

import jsii
from cdktf import Aspects, IAspect, TerraformResource
from constructs import IConstruct, IDependable

from constructs_lib.engine.addressed_stack import state_address_of


def create_after(resource: TerraformResource, *dependencies: IDependable) -> None:
    """Make Terraform create *resource* after the final content of *dependencies*, and destroy it before."""
    resource.node.add_dependency(*dependencies)
    Aspects.of(resource).add(cast("IAspect", _DependsOn()))


@jsii.implements(IAspect)
class _DependsOn:
    """Write the dependencies of a resource's node to `depends_on` when the stack is complete."""

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
