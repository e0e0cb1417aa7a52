"""
What a `.dockerignore` leaves in a build context, and its patterns.

Sources: Docker, ".dockerignore files"; Go, `filepath.Match`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, cast

from docker.utils.build import Pattern, PatternMatcher

from constructs_lib.settings.user_file import read_text
from constructs_lib.shared.bad_input import BadInputError, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

STAR, FOLDERS, REST = "[^/]*", "(.*/)?", ".*"
"""What `*`, `**` and a last `**` stand for, as regular expressions."""
REPEATED = (STAR, FOLDERS, REST)
MAX_REPEATED = 2
"""
Up to as many the engine of Python is fast: for each one it may try every character of the path, and for each of these
every character for the next one.
"""


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


@dataclass(frozen=True)
class IgnorePattern:
    """A pattern as docker's `PatternMatcher` uses it; *exclusion*: it keeps what others leave out."""

    exclusion: bool
    dirs: tuple[str, ...]
    cleaned_pattern: str
    match: Callable[[str], bool]

    @classmethod
    def parse(cls, text: str, *, literal: bool = False) -> Self:
        """
        Return the pattern that *text* is; *literal*: no character in it has a meaning but the first `!`.

        Raises:
            ValueError: Docker refuses it; the sentence says why.

        """
        exclusion = text.startswith("!")
        dirs = tuple(Pattern.normalize(text.removeprefix("!")))
        if exclusion and not dirs:
            msg = "a pattern must follow '!'"
            raise ValueError(msg)
        cleaned = "/".join(dirs)
        return cls(exclusion, dirs, cleaned, cleaned.__eq__ if literal else _matcher(tuple(_parts(cleaned))))


def _parts(pattern: str) -> Iterator[str]:
    """Yield regular expressions: of one character each, or one of the `REPEATED`."""
    at = 0
    if re.fullmatch(r"\*\*[^/*?\[\\]+", pattern):
        # Docker: `**x` is whatever ends with x.
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
            found = re.compile(r"(\^?+)((?:\\.|[^\\\]*?\[])+)\]").match(pattern, at)
            if not found:
                msg = "'[' must begin a list of characters that ends with ']'"
                raise ValueError(msg)
            at = found.end()
            yield f"[{found[1]}{''.join(_ranges(found[2]))}]"
        else:
            if character == "\\":
                character, at = pattern[at : at + 1], at + 1
            if not character:
                msg = r"a character must follow '\'"
                raise ValueError(msg)
            yield re.escape(character)


def _ranges(text: str) -> Iterator[str]:
    """Yield what the text between brackets holds: characters, and ranges such as `a-z`."""
    for low, high in re.findall(r"(\\.|.)(?:-(\\.|[^-]))?", text, re.DOTALL):
        first, last = low[-1], (high or low)[-1]
        if first > last:
            msg = f"a range must begin with its lowest character, unlike {first}-{last}"
            raise ValueError(msg)
        yield f"{re.escape(first)}-{re.escape(last)}"


def _matcher(parts: tuple[str, ...]) -> Callable[[str], bool]:
    """Return what tells whether a path matches all of the *parts*, in time that grows with their lengths alone."""
    if sum(part in REPEATED for part in parts) <= MAX_REPEATED:
        whole = re.compile("".join(parts))
        return lambda path: whole.fullmatch(path) is not None
    # All places among the parts at once where the path so far may have come to; ~place is inside of `FOLDERS`.
    steps = [(part, re.compile(part)) for part in parts]

    def matches(path: str) -> bool:
        places = _passed({0}, parts)
        for character in path:
            places = _passed({each for place in places for each in _next(place, character, steps)}, parts)
        return len(parts) in places

    return matches


def _passed(places: set[int], parts: tuple[str, ...]) -> set[int]:
    """Return *places* with those behind each part that stands for no character."""
    for start in list(places):
        place = start
        while 0 <= place < len(parts) and parts[place] in REPEATED:
            place += 1
            places.add(place)
    return places


def _next(place: int, character: str, steps: Sequence[tuple[str, re.Pattern[str]]]) -> Iterator[int]:
    """Yield where *character* leads to from *place*."""
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
