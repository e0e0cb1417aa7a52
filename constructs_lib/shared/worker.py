"""A worker: how long it stays protected, when it hands back what it runs, and its role in the database."""

QUIET_SEC = 15
"""Seconds without work after which a worker loses its protection, so a burst of short tasks is one period of work."""
MARGIN_SEC = 25
"""Seconds before SIGKILL in which a worker ends the tasks that still run, hands them back and uploads their logs."""
RESCHEDULE_SEC = 10
"""
Seconds after which a task that was handed back may be queued again. By then the scheduler must know that the worker's
message has ended. Otherwise it would take this end for that of the new message, and fail the task.
"""
SUFFIXES = ("-a", "-b")
"""End the names of the two database roles of which workers use one."""


def hand_back_after_sec(stop_timeout_sec: float) -> float:
    """Return how long after SIGTERM a task that still runs is handed back; SIGKILL comes after *stop_timeout_sec*."""
    return max(stop_timeout_sec - MARGIN_SEC, stop_timeout_sec / 2)


def worker_role(prefix: str, version: int) -> str:
    """
    Return the database role of the workers of the stage *prefix* for a *version* of its password.

    PostgreSQL keeps one password for a role. A new password is that of the other role, so workers that still run keep
    their login.
    """
    return f"{prefix}-worker{SUFFIXES[(version + 1) % 2]}"


def other_role(role: str) -> str | None:
    """Return the other one of the two roles of workers, or None if *role* is not one of them."""
    name, suffix = role[:-2], role[-2:]
    return name + SUFFIXES[1 - SUFFIXES.index(suffix)] if suffix in SUFFIXES else None
