"""The address of a Git repository, which may contain a password, and addresses where none belongs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from constructs_lib.shared.bad_input import shown_key
from constructs_lib.shared.user_model import DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterator

GIT_URL = r"https://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[\w.~-]+)+/?"
NO_ADDRESS = "must not contain an address such as https://...; write DagsInGit(url=...)"
"""The sentence does not repeat the address, which may contain a password."""


def git_url(value: str) -> str:
    """
    Return *value* if it is the address of a repository.

    Raises:
        ValueError: it is none, or contains a user or a password.

    """
    # The sentences do not repeat the address, which may contain a password.
    if re.match(r"https?://[^/]*@", value) or re.match(r"[a-z+]+://[^/]*:[^/@]*@", value):
        msg = (
            "must not contain a user, a password or a token, which everybody with the Terraform state could read;"
            " remove what is before the '@', and name a secret in Secrets Manager with secret"
        )
        raise ValueError(msg)
    if not re.fullmatch(GIT_URL, value, re.ASCII):
        msg = "must be the https address of a repository, without a query, such as https://github.com/team/dags.git"
        raise ValueError(msg)
    return value


def addresses(value: object, place: str = "", depth: int = DEPTH) -> Iterator[str]:
    """Yield where in *value* an address is that is not the url of a bundle: at *place*, or below it."""
    match value:
        case str() if "://" in value:
            yield place
        case Mapping() if depth:
            for key, each in value.items():
                yield from addresses(key, place, 0)
                if key != "url" or not isinstance(each, str):
                    yield from addresses(each, f"{place}.{shown_key(key)}".lstrip("."), depth - 1)
        case list() | tuple() | set() | frozenset() if depth:
            for each in value:
                yield from addresses(each, place, depth - 1)
