"""The simulator's clock, which follows real time."""

import time

from airflow_on_fargate.simulator.clock import Clock

STEP_SEC = 0.25


class RealClock(Clock):
    """Seconds since the start; events happen when they are due, or as soon as an earlier one has ended."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()

    def advance(self) -> None:
        """Run the events that are due by now."""
        self.run(lambda when: when > time.monotonic() - self._began)
        self.now = time.monotonic() - self._began

    def wait(self) -> None:
        """Sleep for a moment, then run the events that are due."""
        time.sleep(STEP_SEC)
        self.advance()
