"""Promises of simulated time."""

from functools import partial

from airflow_on_fargate.simulator.clock import Clock


def test_what_is_due_happens_in_its_order() -> None:
    """Events happen in the order of their time, and at the same time in the order of their creation."""
    clock = Clock()
    seen: list[tuple[float, str]] = []

    def see(name: str) -> None:
        seen.append((clock.now, name))

    for name, seconds in (("late", 3.0), ("early", 1.0), ("early too", 1.0)):
        clock.after(seconds, partial(see, name))
    clock.run(lambda _: False)

    assert seen == [(1.0, "early"), (1.0, "early too"), (3.0, "late")]


def test_it_ends_before_what_is_too_late() -> None:
    """The clock stops at the end, also with repeated events."""
    clock, seen = Clock(), []
    clock.every(10, lambda: seen.append(clock.now), first=5)
    clock.run(lambda when: when > 30)

    assert seen == [5, 15, 25]


def test_the_past_is_now() -> None:
    """An event in the past happens at once."""
    clock, seen = Clock(), []
    clock.after(8, lambda: clock.at(3, lambda: seen.append(clock.now)))
    clock.run(lambda _: False)

    assert seen == [8]
