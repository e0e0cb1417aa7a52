"""Which tests run first, and on which worker of pytest."""

import pytest
from typing_extensions import override
from xdist.scheduler import LoadFileScheduling

RUNNING_STACK = "tests/local/running_stack/"
"""Two stacks at once would slow each other down, and some tests of them measure time."""
SLOW = ("terraform", "docker", "local", "airflow", "bindings", "figures", "programs")
"""Marks of what takes long, longest first: what is left at the end is short, so that all workers end together."""


class Schedule(LoadFileScheduling):  # type: ignore[misc] # pytest-xdist has no types
    """Give each file to a worker as a whole, and all tests of the running stack to one worker."""

    @override
    def _split_scope(self, nodeid: str) -> str:
        """Return what one worker runs in one go."""
        return RUNNING_STACK if nodeid.startswith(RUNNING_STACK) else str(super()._split_scope(nodeid))


def sort(items: list[pytest.Item]) -> None:
    """Put the files of the running stack first, and then those with the slowest tests."""
    ranks: dict[str, int] = {}
    for item in items:
        file = _file(item)
        marks = {mark.name for mark in item.iter_markers()} & set(SLOW)
        rank = min(map(SLOW.index, marks), default=len(SLOW))
        ranks[file] = min(rank, ranks.get(file, rank))
    items.sort(key=lambda item: (not _file(item).startswith(RUNNING_STACK), ranks[_file(item)]))


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]
