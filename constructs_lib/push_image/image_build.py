"""An image that is built from a folder of the project."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from constructs_lib.push_image.image_content import hash_of, part_hashes, read_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.push_image.build_context import BuildContext


@dataclass(frozen=True)
class ImageBuild:
    """
    An image that is built from *context* for *architecture*.

    *name* is its repository in a registry that stages share: the same content has the same URI in each stage.

    Raises:
        BadInputError: the content cannot be read as Docker reads it.

    """

    name: str
    context: BuildContext
    architecture: str
    tag: str = field(init=False)
    """The hash of the content."""
    parts: Mapping[str, str] = field(init=False)
    """A hash of each part of the content, which shows what has changed."""

    def __post_init__(self) -> None:
        """Hash the content."""
        # The class is frozen.
        files = read_fields(self.context)
        object.__setattr__(self, "tag", hash_of(self.context, files, architecture=self.architecture))
        object.__setattr__(self, "parts", part_hashes(self.context, files))

    def uri(self, registry: str) -> str:
        """Return the URI of the image in *registry*, which may have a path: `registry.example.com/team`."""
        return f"{registry}/{self.name}:{self.tag}"
