"""A pattern of a `.dockerignore` (Docker: ".dockerignore files"; Go: `filepath.Match`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from docker.utils.build import Pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

STAR, FOLDERS, REST = "[^/]*", "(.*/)?", ".*"
"""What `*`, `**` and a last `**` stand for, as regular expressions."""
REPEATED = (STAR, FOLDERS, REST)
MAX_REPEATED = 2
"""
Up to as many the engine of Python is fast: for each one it may try every character of the path, and for each of these
every character for the next one.
"""


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
