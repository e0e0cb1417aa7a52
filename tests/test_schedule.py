from itertools import groupby

import pytest

from tests.schedule import RUNNING_STACK, SLOW


def test_slow_tests_come_first(request: pytest.FixtureRequest) -> None:
    """The tests of the running stack come first and unmarked files last, and no file is torn apart."""
    items = {
        file: list(group) for file, group in groupby(request.session.items, lambda item: item.nodeid.partition("::")[0])
    }
    kinds = [
        "slow" if any(item.get_closest_marker(mark) for item in group for mark in SLOW) else "fast"
        for group in items.values()
    ]
    stack = [file.startswith(RUNNING_STACK) for file in items]

    assert sum(map(len, items.values())) == len(request.session.items)
    assert kinds == sorted(kinds, reverse=True)
    assert stack == sorted(stack, reverse=True)
