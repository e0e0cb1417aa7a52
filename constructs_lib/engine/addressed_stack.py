"""A Terraform stack whose state addresses are readable words."""

from weakref import WeakKeyDictionary

import jsii
from cdktf import (
    TerraformDataSource,
    TerraformElement,
    TerraformLocal,
    TerraformOutput,
    TerraformResource,
    TerraformStack,
    TerraformVariable,
)
from constructs import Construct, Node
from typing_extensions import override

from constructs_lib.engine.names import state_address
from constructs_lib.shared.bad_input import BadInputError

SAME_ADDRESS = "have the same state address"
"""Part of the sentence about two constructs: CDKTF passes on the text of an error, not its class."""


class AddressedStack(TerraformStack):
    """
    A stack that names its resources after their construct paths: `aws_ecs_service.scheduler`, never a hash.

    The name of an output is its own id.

    A state address that two constructs share is refused before anything is written, because Terraform JSON can contain
    only one resource at an address.

    Raises:
        RuntimeError: from CDKTF, with the sentence about the clash as its text.

    """

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)

        self._owners: dict[str, str] = {}

    @jsii.member(jsii_name="allocateLogicalId")
    @override
    def _allocate_logical_id(self, tf_element: Node | TerraformElement) -> str:
        # Only assets of cdktf pass their Node.
        if isinstance(tf_element, Node):
            return state_address(_ids(tf_element.path), "")
        path = _path(tf_element)
        ids = _ids(path)
        kind = _kind(tf_element)
        name = state_address(ids[-1:] if kind == "output" else ids, kind.rpartition(".")[2])
        owner = self._owners.setdefault(f"{kind}.{name}", path)
        if owner != path:
            msg = f"{owner} and {path} {SAME_ADDRESS} {kind}.{name}; give one of them another name"
            raise BadInputError(msg)
        # The engine asks once for each element, and keeps the answer.
        _NAMES[tf_element] = name
        return name


_NAMES: WeakKeyDictionary[TerraformElement, str] = WeakKeyDictionary()
_RESOURCE_TYPES: dict[type[TerraformElement], str] = {}
# Caches, because each read of a property of an element is a message to Node.


def state_address_of(element: TerraformElement) -> str:
    """Return the address of *element* in the state, such as `aws_ecs_service.scheduler`, as its stack names it."""
    if element not in _NAMES:
        _NAMES[element] = element.friendly_unique_id
    return f"{_kind(element)}.{_NAMES[element]}"


def _ids(path: str) -> list[str]:
    """Return the construct ids below the stack, the first part of the path."""
    return path.split("/")[1:]


def _path(element: TerraformElement) -> str:
    """Return the path of *element* in the tree of constructs."""
    if isinstance(element, TerraformLocal | TerraformVariable):
        # Their text is a reference, which needs the name that is asked for here.
        return element.node.path
    # It takes one message to Node; the property `node` and its path would take two.
    return element.to_string()


def _kind(element: TerraformElement) -> str:
    """Return the part before an element's name in its address."""
    match element:
        case TerraformResource():
            return _resource_type(element)
        case TerraformDataSource():
            return f"data.{_resource_type(element)}"
        case TerraformOutput():
            return "output"
        case _:
            return type(element).__name__


def _resource_type(element: TerraformResource | TerraformDataSource) -> str:
    """Return Terraform's type of *element*, the same for all elements of its class."""
    kind = type(element)
    if kind not in _RESOURCE_TYPES:
        _RESOURCE_TYPES[kind] = element.terraform_resource_type
    return _RESOURCE_TYPES[kind]
