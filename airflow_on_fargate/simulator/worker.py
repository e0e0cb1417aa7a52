"""A Celery worker in its own Fargate task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from constructs_lib.shared.worker import QUIET_SEC, hand_back_after_sec

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from airflow_on_fargate.simulator.broker import Broker
    from airflow_on_fargate.simulator.clock import Clock
    from airflow_on_fargate.simulator.stage import Pool
    from airflow_on_fargate.simulator.task_instance import TaskInstance

BEFORE_SEC = 0.25
"""From the message to a task that runs: a process is forked and asks the api-server. Measured, see the tests."""
COLD_SEC = 2.9
"""What a slot needs more for its first task; a DAG of one task took 1.1 s warm and 4.0 s cold."""
AFTER_SEC = 0.3
"""From the end of a task until its slot asks for another: a log is uploaded, and a process ends. Measured too."""
PROTECTION_SEC = 0.2
"""A call of the agent's task protection endpoint. Assumed."""


class Worker:
    """
    Run task instances, as many at a time as there are slots.

    A worker that *protects* its ECS task from scale-in while it has task instances also hands them back when it stops.
    """

    def __init__(
        self,
        clock: Clock,
        random: Random,
        broker: Broker,
        *,
        pool: Pool,
        protects: bool,
        on_change: Callable[[], None],
        on_hand_back: Callable[[TaskInstance], None],
        on_gone: Callable[[Worker], None],
    ) -> None:
        self._clock = clock
        self._random = random
        self._broker = broker
        self._pool = pool
        self._protects = protects
        self._on_change = on_change
        self._on_hand_back = on_hand_back
        self._on_gone = on_gone
        self._held: set[TaskInstance] = set()
        self._warm_slots = 0
        self.state: Literal["pending", "running", "stopping", "stopped"] = "pending"
        self.is_protected = False
        self._idle_since = float(-QUIET_SEC)

    @property
    def busy_slots(self) -> int:
        """The number of its task instances."""
        return len(self._held)

    @property
    def has_free_slot(self) -> bool:
        """Whether it can take another task instance."""
        return self.state == "running" and len(self._held) < self._pool.slots

    def warm_up(self) -> None:
        """Make all slots warm, as if they had run tasks before."""
        self._warm_slots = self._pool.slots

    def start(self) -> None:
        """Start to ask for work, unless it was stopped during its start."""
        if self.state == "pending":
            self.state = "running"
            self._broker.ask(self)

    def take(self, instance: TaskInstance) -> None:
        """Receive a message."""
        self._held.add(instance)
        self._clock.after(PROTECTION_SEC, self._renew_protection)
        before = BEFORE_SEC
        if self._warm_slots < self._pool.slots:
            self._warm_slots += 1
            before += COLD_SEC
        self._clock.after(before, lambda: self._run(instance))

    def stop(self) -> None:
        """Get SIGTERM: take nothing more, end when what runs has ended, and at the latest after the stop timeout."""
        was_running, self.state = self.state == "running", "stopping"
        self._broker.leave(self)
        if not was_running:
            self._end()
        elif self._held:
            timeout_sec = self._pool.stop_timeout_sec
            limit_sec = hand_back_after_sec(timeout_sec) if self._protects else timeout_sec
            self._clock.after(limit_sec, self._end)
        else:
            # Its last request for messages has to return.
            self._clock.after(self._random.uniform(0, self._pool.long_poll_sec), self._end)

    def _run(self, instance: TaskInstance) -> None:
        if self.state == "stopped":
            return
        instance.state, instance.started_sec = "running", self._clock.now
        self._clock.after(instance.work.run_sec, lambda: self._finish(instance))

    def _finish(self, instance: TaskInstance) -> None:
        if self.state == "stopped":
            return
        instance.end("success", self._clock.now)
        self._clock.after(AFTER_SEC, lambda: self._free(instance))

    def _free(self, instance: TaskInstance) -> None:
        self._held.discard(instance)
        self._on_change()
        if self.state == "running":
            self._broker.ask(self)
            self._idle_since = self._clock.now
            self._clock.after(QUIET_SEC + PROTECTION_SEC, self._renew_protection)
        elif not self._held:
            self._end()

    def _renew_protection(self) -> None:
        busy = bool(self._held) or self._clock.now - self._idle_since < QUIET_SEC
        before, self.is_protected = self.is_protected, self._protects and busy
        if before and not self.is_protected:
            self._on_change()

    def _end(self) -> None:
        if self.state == "stopped":
            return
        self.state = "stopped"
        for instance in self._held:
            if not instance.is_over:
                if self._protects:
                    self._on_hand_back(instance)
                else:
                    instance.end("cut off", self._clock.now)
        self._on_gone(self)
