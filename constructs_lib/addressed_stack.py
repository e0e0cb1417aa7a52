"""A Terraform stack whose state reads like words."""

import jsii
from cdktf import TerraformDataSource, TerraformElement, TerraformOutput, TerraformResource, TerraformStack
from constructs import Construct, Node

from constructs_lib.bad_input import BadInputError
from constructs_lib.state_address import state_address


class AddressedStack(TerraformStack):
    """
    A stack that names its resources after their construct paths: `aws_ecs_service.scheduler`, never a hash.

    An output is named after its own id alone, since all outputs of a stack stand together.
    """

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)
        self._addresses: dict[TerraformElement, str] = {}
        self._path = self.node.path

    def refuse_clashes(self) -> None:
        """
        Refuse a state address that two constructs share; call it when the stack is complete, before `App.synth`.

        Terraform JSON has room for one resource at an address: the other one would be lost.

        Raises:
            BadInputError: naming the address and both construct paths.

        """
        owners: dict[str, TerraformElement] = {}
        for element in self.node.find_all():
            if isinstance(element, TerraformElement):
                address = self._address(element)
                if (owner := owners.setdefault(address, element)) is not element:
                    paths = f"{owner.node.path} and {element.node.path}"
                    msg = f"{paths} have the same state address {address}; give one of them another name"
                    raise BadInputError(msg)

    @jsii.member(jsii_name="allocateLogicalId")
    def _allocate_logical_id(self, tf_element: Node | TerraformElement) -> str:
        # cdktf asks once for each element, and every property read here is a message to Node: `to_string` gives the
        # path in one. Only cdktf's assets hand in their Node.
        if isinstance(tf_element, Node):
            return state_address(self._ids(tf_element.path), "")
        ids = self._ids(tf_element.to_string())
        kind = _kind(tf_element)
        name = state_address(ids[-1:] if kind == "output" else ids, kind.rpartition(".")[2])
        self._addresses[tf_element] = f"{kind}.{name}"
        return name

    def _address(self, element: TerraformElement) -> str:
        if element not in self._addresses:
            # Either asking for the name makes cdktf allocate it, or it is one that was set by hand.
            name = element.friendly_unique_id
            if element not in self._addresses:
                self._addresses[element] = f"{_kind(element)}.{name}"
        return self._addresses[element]

    def _ids(self, path: str) -> list[str]:
        return path.removeprefix(f"{self._path}/").split("/")


_RESOURCE_TYPES: dict[type[TerraformElement], str] = {}


def resource_type(element: TerraformResource | TerraformDataSource) -> str:
    """Return Terraform's word for what *element* is; each class is asked once, for to ask is a call to Node."""
    kind = type(element)
    if kind not in _RESOURCE_TYPES:
        _RESOURCE_TYPES[kind] = element.terraform_resource_type
    return _RESOURCE_TYPES[kind]


def _kind(element: TerraformElement) -> str:
    """Return what stands before an element's name in its address."""
    match element:
        case TerraformResource():
            return resource_type(element)
        case TerraformDataSource():
            return f"data.{resource_type(element)}"
        case TerraformOutput():
            return "output"
        case _:
            return type(element).__name__
