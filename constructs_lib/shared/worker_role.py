"""The name of the role with which a stage's workers log in to the metadata database."""

SUFFIXES = ("-a", "-b")


def worker_role(prefix: str, version: int) -> str:
    """
    Return the role of the workers of the stage *prefix*, for that *version* of its password.

    PostgreSQL keeps one password for a role. So a new one belongs to the other one of two roles, and workers that still
    run go on with theirs.
    """
    return f"{prefix}-worker{SUFFIXES[(version + 1) % 2]}"


def other_role(role: str) -> str | None:
    """Return the role that workers had before *role*, or have after it; None for a name of another form."""
    name, suffix = role[:-2], role[-2:]
    return name + SUFFIXES[1 - SUFFIXES.index(suffix)] if suffix in SUFFIXES else None
