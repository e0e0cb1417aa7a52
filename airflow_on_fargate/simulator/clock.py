"""Simulated time."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

Action = Callable[[], None]


class Clock:
    """Seconds since the start of a simulation, and the events; events at the same second happen in their order."""

    def __init__(self) -> None:
        self.now = 0.0
        self._numbers = count()
        self._events: list[tuple[float, int, Action]] = []

    def after(self, seconds: float, action: Action) -> None:
        """Do *action* once, in so many *seconds*."""
        heappush(self._events, (self.now + seconds, next(self._numbers), action))

    def at(self, when: float, action: Action) -> None:
        """Do *action* once, at the second *when*."""
        self.after(max(0.0, when - self.now), action)

    def every(self, seconds: float, action: Action, *, first: float = 0.0) -> None:
        """Do *action* every so many *seconds*, for ever; the first time after *first* seconds."""

        def again() -> None:
            action()
            self.after(seconds, again)

        self.after(first, again)

    def run(self, until: Callable[[float], bool]) -> None:
        """Run the events in order, until *until* returns true for the second of the next one."""
        while self._events and not until(self._events[0][0]):
            self.now, _, action = heappop(self._events)
            action()
