"""
The `.dockerignore` of a build context, and its patterns.

Sources: Docker, ".dockerignore files"; Go, `filepath.Match`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Self, cast

from docker.utils.build import Pattern, PatternMatcher

from constructs_lib.settings.user_file import read_text
from constructs_lib.shared.bad_input import BadInputError, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

STAR, FOLDERS, REST = "[^/]*", "(.*/)?", ".*"
"""The regular expressions of `*`, `**` and a last `**`."""
REPEATED = (STAR, FOLDERS, REST)
MAX_REPEATED = 2
"""
Up to this number of them Python's `re` is fast. For each one it may try every character of the path, and for each of
these every character for the next one.
"""


class DockerIgnore:
    """
    The patterns of *file*, a `.dockerignore`, if it exists. As in Docker, *dockerfile* is never excluded.

    Raises:
        BadInputError: Docker does not accept a pattern, or the file cannot be read. The sentence names it *where*.

    """

    def __init__(self, file: Path, dockerfile: str, *, where: str = ".dockerignore") -> None:
        patterns = []
        for number, line in enumerate((read_text(file, where=where) or "").split("\n"), start=1):
            if (pattern := line.strip()) and not line.startswith("#"):
                try:
                    patterns.append(IgnorePattern.parse(pattern))
                except ValueError as error:
                    msg = f"{where}, line {number}: {error}, got {shown(pattern)}"
                    raise BadInputError(msg) from None
        self._exceptions = [pattern.cleaned_pattern for pattern in patterns if pattern.exclusion]
        own = [IgnorePattern.parse(f"!{name}", literal=True) for name in (dockerfile, ".dockerignore")]
        self._matcher = PatternMatcher([])
        # Docker's Python package uses expressions that can take years, and that ignore the case.
        self._matcher.patterns = cast("list[Pattern]", [pattern for pattern in (*patterns, *own) if pattern.dirs])

    def kept_in(self, context: Path) -> Iterator[str]:
        """Yield the files, folders and links in *context* that are not excluded, as paths inside it."""
        yield from self._matcher.walk(str(context))

    def kept_at(self, path: Path, name: str) -> Iterator[str]:
        """Yield what is not excluded of the file or folder *path*, which has the path *name* in the context."""
        if path.is_dir():
            yield from self.kept_below(path, name)
        elif not self._matcher.matches(name):  # type: ignore[arg-type] # it takes text apart
            yield name

    def kept_below(self, folder: Path, name: str) -> Iterator[str]:
        """Yield what is not excluded from *folder*, which has the path *name* in the context."""
        for entry in os.scandir(folder):
            path = f"{name}/{entry.name}"
            is_excluded = self._matcher.matches(path)  # type: ignore[arg-type] # it takes text apart
            if not is_excluded:
                yield path
            # An exception such as `!libs/kept.py` can keep a file in an excluded folder.
            is_excluded = is_excluded and not any(each.startswith(path) for each in self._exceptions)
            if entry.is_dir(follow_symlinks=False) and not is_excluded:
                yield from self.kept_below(folder / entry.name, path)


@dataclass(frozen=True)
class IgnorePattern:
    """A pattern as docker's `PatternMatcher` uses it. With *exclusion* it keeps what other patterns exclude."""

    exclusion: bool
    dirs: tuple[str, ...]
    cleaned_pattern: str
    match: Callable[[str], bool]

    @classmethod
    def parse(cls, text: str, *, literal: bool = False) -> Self:
        """
        Return the pattern in *text*. With *literal* only a first `!` has a special meaning.

        Raises:
            ValueError: Docker does not accept the pattern; the sentence contains the reason.

        """
        exclusion = text.startswith("!")
        dirs = tuple(Pattern.normalize(text.removeprefix("!")))
        if exclusion and not dirs:
            msg = "a pattern must follow '!'"
            raise ValueError(msg)
        cleaned = "/".join(dirs)
        return cls(exclusion, dirs, cleaned, cleaned.__eq__ if literal else _matcher(tuple(_parts(cleaned))))


def _parts(pattern: str) -> Iterator[str]:
    """Yield regular expressions: each of one character, or one of `REPEATED`."""
    at = 0
    if re.fullmatch(r"\*\*[^/*?\[\\]+", pattern):
        # Docker: `**x` is any path that ends with x.
        yield REST
        at = 2
    while at < len(pattern):
        character = pattern[at]
        at += 1
        if character == "*":
            found = re.compile(r"\*/?").match(pattern, at)
            at = found.end() if found else at
            yield STAR if not found else REST if at == len(pattern) else FOLDERS
        elif character == "?":
            yield "[^/]"
        elif character == "[":
            expression, at = _list(pattern, at)
            yield expression
        else:
            if character == "\\":
                character, at = pattern[at : at + 1], at + 1
            if not character:
                msg = r"a character must follow '\'"
                raise ValueError(msg)
            yield re.escape(character)


def _list(pattern: str, at: int) -> tuple[str, int]:
    """Return the regular expression of the list of characters whose `[` is before *at*, and the place after its `]`."""
    found = re.compile(r"(\^?+)((?:\\.|[^\\\]*?\[])+)\]").match(pattern, at)
    if not found:
        msg = "'[' must start a list of characters that ends with ']'"
        raise ValueError(msg)
    return f"[{found[1]}{''.join(_ranges(found[2]))}]", found.end()


def _ranges(text: str) -> Iterator[str]:
    """Yield the characters, and ranges such as `a-z`, in the text between brackets."""
    for low, high in re.findall(r"(\\.|.)(?:-(\\.|[^-]))?", text, re.DOTALL):
        first, last = low[-1], (high or low)[-1]
        if first > last:
            msg = f"a range must start with its lowest character, unlike {first}-{last}"
            raise ValueError(msg)
        yield f"{re.escape(first)}-{re.escape(last)}"


@cache
def _matcher(parts: tuple[str, ...]) -> Callable[[str], bool]:
    """Return a test whether a path matches all *parts*. Its time grows only with the two lengths."""
    if sum(part in REPEATED for part in parts) <= MAX_REPEATED:
        whole = re.compile("".join(parts))
        return lambda path: whole.fullmatch(path) is not None
    # Follow all places among the parts that the path can have reached at the same time; ~place is inside `FOLDERS`.
    steps = [(part, re.compile(part)) for part in parts]

    # Several images, and several stages, have the same patterns and paths.
    @lru_cache(maxsize=10_000)
    def matches(path: str) -> bool:
        places = _passed({0}, parts)
        for character in path:
            places = _passed({each for place in places for each in _next(place, character, steps)}, parts)
        return len(parts) in places

    return matches


def _passed(places: set[int], parts: tuple[str, ...]) -> set[int]:
    """Return *places* and those after each part that can match no character."""
    for start in list(places):
        place = start
        while 0 <= place < len(parts) and parts[place] in REPEATED:
            place += 1
            places.add(place)
    return places


def _next(place: int, character: str, steps: Sequence[tuple[str, re.Pattern[str]]]) -> Iterator[int]:
    """Yield the places that *character* leads to from *place*."""
    if place == len(steps):
        return
    part, expression = steps[max(place, ~place)]
    if part == FOLDERS:
        if character != "\n":
            yield min(place, ~place)
        if character == "/":
            yield max(place, ~place) + 1
    elif expression.fullmatch(character):
        yield place if part in REPEATED else place + 1
