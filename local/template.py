"""The Terraform JSON of a stage, with a value of this machine for each reference in it."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

REFERENCE = re.compile(r"\$\{([a-z0-9_]+(?:\.[A-Za-z0-9_-]+)+)\}")
META_ARGUMENTS = frozenset({"//", "depends_on", "lifecycle"})
"""What Terraform itself reads of a resource; conditions in it refer to what only AWS knows."""


class Template:
    """
    The resources of a stack, whose references are resolved one after the other.

    `values` maps an attribute's address, such as `aws_sqs_queue.queue.url`, to its value.
    """

    def __init__(self, file: Path) -> None:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        self._resources: Mapping[str, Mapping[str, Any]] = content["resource"]
        self._data: Mapping[str, Mapping[str, Any]] = content.get("data", {})
        self.region: str = content["provider"]["aws"][0]["region"]
        self.values: dict[str, str] = {}

    def names(self, type_: str) -> list[str]:
        """Return the names of the resources of *type_*."""
        return list(self._resources.get(type_, {}))

    def resource(self, type_: str, name: str) -> dict[str, Any]:
        """Return the arguments of a resource with every reference resolved."""
        arguments: dict[str, Any] = self.resolve(
            {key: value for key, value in self._resources[type_][name].items() if key not in META_ARGUMENTS}
        )
        return arguments

    def raw(self, type_: str, name: str) -> Mapping[str, Any]:
        """Return the arguments of a resource as they stand in the JSON."""
        found: Mapping[str, Any] = self._resources[type_][name]
        return found

    def data(self, type_: str) -> dict[str, Any]:
        """Return the arguments of the data sources of *type_* by their name."""
        return dict(self._data.get(type_, {}))

    def learn(self, resource: str, /, **attributes: str) -> None:
        """Give the *resource*, by its address, its attributes."""
        self.values |= {f"{resource}.{name}": value for name, value in attributes.items()}

    def resolve(self, value: Any) -> Any:  # noqa: ANN401 as JSON is
        """
        Return *value* with every reference in it, at any depth, resolved.

        Raises:
            KeyError: nothing on this machine has that attribute.

        """
        match value:
            case str():
                return REFERENCE.sub(lambda found: self.values[found[1]], value)
            case list():
                return [self.resolve(each) for each in value]
            case dict():
                return {key: self.resolve(each) for key, each in value.items()}
        return value
