"""One name in the spellings that AWS and construct ids have."""

import re


def aws_name(name: str) -> str:
    """Return *name* with `-` for `_`."""
    return name.replace("_", "-")


def pascal_case(name: str) -> str:
    """Return *name*, words joined by `-` or `_`, as the id of a construct: `high-memory` is `HighMemory`."""
    return "".join(word.capitalize() for word in re.split("[_-]", name))
