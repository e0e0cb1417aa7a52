"""An image that is built from a folder of the project."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from constructs_lib.push_image.image_content import content_hash

if TYPE_CHECKING:
    from constructs_lib.push_image.build_context import BuildContext


@dataclass(frozen=True)
class ImageBuild:
    """
    An image that is built from *context* for *architecture*.

    *name* is its repository in a registry that stages share: the same content has the same URI in each stage.
    """

    name: str
    context: BuildContext
    architecture: str

    @cached_property
    def tag(self) -> str:
        """The hash of the content."""
        return content_hash(self.context, architecture=self.architecture)

    def uri(self, registry: str) -> str:
        """Return the URI of the image in *registry*, which may have a path: `registry.example.com/team`."""
        return f"{registry}/{self.name}:{self.tag}"
