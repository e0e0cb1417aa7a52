"""What a `.dockerignore` leaves in a build context."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

from docker.utils.build import PatternMatcher

from constructs_lib.push_image.ignore_pattern import IgnorePattern
from constructs_lib.settings.user_file import read_text
from constructs_lib.shared.bad_input import BadInputError, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker.utils.build import Pattern


class DockerIgnore:
    """
    The patterns of the `.dockerignore` in *context*, and of Docker itself: *dockerfile* is never left out.

    Raises:
        BadInputError: Docker refuses a pattern, or the file cannot be read; *where* is how the sentence names it.

    """

    def __init__(self, context: Path, dockerfile: str, *, where: str = ".dockerignore") -> None:
        patterns = []
        for number, line in enumerate((read_text(context / ".dockerignore", where=where) or "").split("\n"), start=1):
            if (pattern := line.strip()) and not line.startswith("#"):
                try:
                    patterns.append(IgnorePattern.parse(pattern))
                except ValueError as error:
                    msg = f"{where}, line {number}: {error}, got {shown(pattern)}"
                    raise BadInputError(msg) from None
        self._exceptions = [pattern.cleaned_pattern for pattern in patterns if pattern.exclusion]
        own = [IgnorePattern.parse(f"!{name}", literal=True) for name in (dockerfile, ".dockerignore")]
        self._matcher = PatternMatcher([])
        # Docker's package translates a pattern to an expression that may take years, and ignores the case.
        self._matcher.patterns = cast("list[Pattern]", [pattern for pattern in (*patterns, *own) if pattern.dirs])

    def kept_in(self, context: Path) -> Iterator[str]:
        """Yield the files, folders and links in *context* that are not left out, as paths inside it."""
        yield from self._matcher.walk(str(context))

    def kept_below(self, folder: Path, name: str) -> Iterator[str]:
        """Yield what is not left out of *folder*, which has the path *name* in the context."""
        for entry in os.scandir(folder):
            path = f"{name}/{entry.name}"
            is_left_out = self._matcher.matches(path)  # type: ignore[arg-type] # it takes text apart
            if not is_left_out:
                yield path
            # An exception such as `!libs/kept.py` may keep something in a folder that is left out.
            is_left_out = is_left_out and not any(each.startswith(path) for each in self._exceptions)
            if entry.is_dir(follow_symlinks=False) and not is_left_out:
                yield from self.kept_below(folder / entry.name, path)
