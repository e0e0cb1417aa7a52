"""Patterns of a `.dockerignore`, as Docker reads them."""

import re
import time
from random import Random

import pytest

from constructs_lib.push_image.docker_ignore import MAX_REPEATED, REPEATED, IgnorePattern, _matcher, _parts


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("a.py", "a.py", "axpy b/a.py A.py a.py/b"),
        ("A.py", "A.py", "a.py"),
        ("*.py", "a.py .py", "a.pyc d/a.py a.PY"),
        ("a?c", "abc", "ac a/c abbc"),
        ("d/*/b", "d/x/b", "d/b d/x/y/b"),
        ("**/b", "b a/b a/c/b", "ab a/b/c"),
        ("**/*.pyc", "x.pyc a/x.pyc a/b/.pyc", "a/x.py"),
        ("a/**", "a/b a/b/c a/", "a b/a"),
        ("a**", "a ab a/b", "b"),
        ("a/**/b", "a/b a/x/b a/x/y/b", "ab a/xb"),
        ("**", "a a/b", ""),
        ("**.log", "a.log a/b.log x.log", "a.logs"),
        ("[ab]-[^c-e]", "a-a b-x a-/", "a-c a-d c-a"),
        ("[!a]", "! a", "b"),
        (r"[\]\^a-]", "] ^ a -", "b"),
        (r"\*\?\[", "*?[", "abc"),
        ("a]", "a]", "a"),
        ("(a|b)+.$", "(a|b)+.$", "a"),
        ("/a/./b/../c/", "a/c", "a/b/c"),
        ("**/#*#", "#a# x/#a#", "a#"),
        ("**/a*b*c/**/d*", "axbxc/d xx/abc/y/z/dd", "abc axbxc/xd ab/c/d"),
        ("*a*b*c", "abc xaxbxc aabbcc", "ab acb a/b/c"),
        ("**/a/**/b/**/c", "a/b/c x/a/x/y/b/c", "a/c/b xa/b/c"),
        ("*a**b**", "ab xa/y/b/c xab/", "a"),
        ("[ab]*?*[cd]*", "axc bbxdzz", "ac a/xc"),
    ],
)
def test_a_pattern_matches_what_it_does_for_docker(pattern: str, yes: str, no: str) -> None:
    """A pattern matches whole paths as in Docker."""
    match = IgnorePattern.parse(pattern).match

    assert [path for path in yes.split() if not match(path)] == []
    assert [path for path in no.split() if match(path)] == []


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("!", "a pattern must follow '!'"),
        ("! /", "a pattern must follow '!'"),
        ("a[b", "'[' must start a list of characters that ends with ']'"),
        ("[]", "'[' must start a list"),
        ("[^]", "'[' must start a list"),
        ("[a*]", "'[' must start a list"),
        ("a\\", "a character must follow '\\'"),
        ("[z-a]", "a range must start with its lowest character, unlike z-a"),
    ],
)
def test_what_docker_refuses_is_refused(pattern: str, sentence: str) -> None:
    """A pattern that Docker refuses is refused with the reason."""
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}"):
        IgnorePattern.parse(pattern)


def test_a_literal_has_no_wildcards() -> None:
    """A literal name has no wildcards."""
    pattern = IgnorePattern.parse("!docker/[x]*", literal=True)

    assert (pattern.exclusion, pattern.match("docker/[x]*"), pattern.match("docker/xy")) == (True, True, False)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 40 + "b", "a" * 255),
        ("**/a" * 40 + "/b", "/".join("a" * 2000)),
        ("**/" * 40 + "*a" * 40 + "b", "/".join(["a" * 200] * 20)),
        ("*a*", "b" * 4000),
        ("**/*a", "b/" * 2000),
    ],
)
def test_no_pattern_takes_long(pattern: str, path: str) -> None:
    """A hostile pattern takes seconds at most."""
    began = time.process_time()

    assert not IgnorePattern.parse(pattern).match(path)
    assert time.process_time() - began < 5


def test_both_ways_to_match_agree() -> None:
    """Both implementations of matching agree on random patterns and paths."""
    chance = Random(7)  # noqa: S311 no secret
    words = ["a", "b", "/", "*", "**", "**/", "?", "[ab]", "[^a]"]
    compared = 0
    for _ in range(3000):
        pattern = "".join(chance.choices(words, k=chance.randint(3, 9)))
        parts = tuple(_parts(IgnorePattern.parse(pattern).cleaned_pattern))
        if sum(part in REPEATED for part in parts) > MAX_REPEATED:
            match = _matcher(parts)
            for _ in range(20):
                path = "".join(chance.choices("ab/\n", weights=[5, 5, 3, 1], k=chance.randint(0, 8)))
                assert match(path) == bool(re.fullmatch("".join(parts), path)), (pattern, path)
                compared += 1
    assert compared > 1000
