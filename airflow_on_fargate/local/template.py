"""The Terraform JSON of a stage, with a value of this machine for each reference in it."""

from pathlib import Path
from typing import Any

from constructs_lib.engine.synthesized_stack import SynthesizedStack
from constructs_lib.engine.template import Expression, filled_in

META_ARGUMENTS = frozenset({"//", "depends_on", "lifecycle"})
"""Arguments that only Terraform reads; conditions in them refer to values that only AWS knows."""


class Template:
    """
    The resources of a stack, whose references are resolved one after the other.

    `values` maps an attribute's address, such as `aws_sqs_queue.queue.url`, to its value.
    """

    def __init__(self, file: Path) -> None:
        self.stack = SynthesizedStack.read(file)
        self.values: dict[str, str] = {}

    def resource(self, type_: str, name: str) -> dict[str, Any]:
        """Return the arguments of a resource with every reference resolved."""
        arguments = self.stack.all(type_)[name]
        resolved: dict[str, Any] = self.resolve(
            {key: value for key, value in arguments.items() if key not in META_ARGUMENTS}
        )
        return resolved

    def learn(self, resource: str, /, **attributes: str) -> None:
        """Store the attributes of the *resource* with this address."""
        self.values |= {f"{resource}.{name}": value for name, value in attributes.items()}

    def resolve(self, value: Any) -> Any:  # noqa: ANN401 as JSON is
        """
        Return *value* with every reference in it, at any depth, resolved.

        Raises:
            KeyError: nothing on this machine has that attribute.

        """
        return filled_in(value, self._value)

    def _value(self, expression: Expression) -> str:
        # An expression that is not only a reference stays unchanged, because nothing here needs it.
        return self.values[expression.source] if expression.reference else f"${{{expression.source}}}"
