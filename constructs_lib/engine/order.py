"""Which resources must be there before a service starts."""

from collections.abc import Iterable
from typing import Protocol

from cdktf import TerraformResource

from constructs_lib.engine.addressed_stack import state_address_of


class Needed(Protocol):
    """Something that a service needs to start, beyond what its own arguments refer to."""

    @property
    def resources(self) -> Iterable[TerraformResource]:
        """The Terraform resources to wait for."""


def create_after(resource: TerraformResource, needed: Iterable[TerraformResource]) -> None:
    """Let Terraform make *resource* after the *needed* ones, and destroy it before them."""
    resource.depends_on = sorted({state_address_of(each) for each in needed})
