"""What a `.dockerignore` leaves in a build context."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from docker.utils.build import PatternMatcher

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class DockerIgnore:
    """The patterns of the `.dockerignore` in *context*, and of Docker itself: *dockerfile* is never left out."""

    def __init__(self, context: Path, dockerfile: str) -> None:
        try:
            lines = (context / ".dockerignore").read_text(encoding="utf-8-sig").splitlines()
        except FileNotFoundError:
            lines = []
        patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        self._exceptions = [pattern[1:].strip().lstrip("/") for pattern in patterns if pattern.startswith("!")]
        self._matcher = PatternMatcher([*patterns, f"!{dockerfile}"])

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
