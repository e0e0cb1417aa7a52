"""What the JSON of a stack does not have: the part of the stack that a resource is in, and which values are blocks."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdktf import TerraformDataSource, TerraformElement, TerraformProvider, TerraformResource

from constructs_lib.engine.addressed_stack import state_address_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cdktf import TerraformStack

Nesting = dict[str, Any]
"""The names of the blocks in a body, each with the blocks in it. All other names are arguments."""

MAIN = "main"
"""The file of what is in the stack itself, not in one of its parts."""

BLOCK_MARKS = ("isBlock", "is_block")
"""What marks a block. The engine writes all names in the description of a provider in snake_case, this one too."""


@dataclass(frozen=True)
class Layout:
    """*files* and *nestings* have their values by the address of a resource, *providers* by the provider's name."""

    files: Mapping[str, str]
    nestings: Mapping[str, Nesting]
    providers: Mapping[str, Nesting]

    @classmethod
    def of(cls, stack: TerraformStack) -> Layout:
        """Return the layout of the elements of *stack*, which has been synthesized."""
        files: dict[str, str] = {}
        nestings: dict[str, Nesting] = {}
        providers: dict[str, Nesting] = defaultdict(dict)
        for element in stack.node.find_all():
            if isinstance(element, TerraformResource | TerraformDataSource):
                address = state_address_of(element)
                files[address] = _file(element)
                # The element comes first; what it was moved from follows.
                by_type = next(iter(element.to_hcl_terraform().values()))
                nestings[address] = _nesting(_only(_only(by_type)))
            elif isinstance(element, TerraformProvider):
                for name, bodies in element.to_hcl_terraform()["provider"].items():
                    for body in bodies:
                        providers[name] |= _nesting(body)
        return cls(files, nestings, providers)

    def renamed(self, rename: Callable[[str], str]) -> Layout:
        """Return the layout with the addresses that *rename* returns."""
        files = {rename(address): each for address, each in self.files.items()}
        return Layout(files, {rename(address): each for address, each in self.nestings.items()}, self.providers)


def _file(element: TerraformElement) -> str:
    """Return the id of the construct below the stack in snake_case: `airflow-dev/TaskLogs/Bucket` is in `task_logs`."""
    _, part, *rest = element.node.path.split("/")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|\W+", "_", part).lower() if rest else MAIN


def _only(mapping: Mapping[str, Any]) -> Any:  # noqa: ANN401 as the engine returns it
    [value] = mapping.values()
    return value


def _nesting(body: Mapping[str, Any]) -> Nesting:
    """Return the blocks in *body*, the description of an element for HCL."""
    found: Nesting = {}
    for name, each in body.items():
        if isinstance(each, dict) and any(each.get(mark) for mark in BLOCK_MARKS):
            entries = each["value"] if isinstance(each["value"], list) else [each["value"]]
            inner: Nesting = {}
            for entry in entries:
                inner |= _nesting(entry)
            found[name] = inner
    return found
