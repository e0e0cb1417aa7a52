"""A task instance, from the workload to its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from constructs_lib.shared.containers import DEFAULT_POOL

State = Literal["scheduled", "queued", "running", "success", "cut off", "stuck"]


@dataclass(frozen=True, kw_only=True)
class Work:
    """A task to run: ready after *ready_sec*, and running for *run_sec* on a worker."""

    ready_sec: float
    run_sec: float
    dag_id: str = "dag"
    pool: str = DEFAULT_POOL
    """Airflow's pool, not the workers'."""
    pool_slots: int = 1
    due_sec: float | None = None
    """The second in which its DAG's run is due; None: no schedule starts it."""


@dataclass(eq=False)
class TaskInstance:
    """
    The state of a piece of work.

    `cut off`: its worker was stopped while it ran. `stuck`: the scheduler failed it, because no worker took it.
    """

    work: Work
    state: State = "scheduled"
    ended: list[TaskInstance] = field(default_factory=list, repr=False)
    """Where it adds itself when it ends: its scheduler looks there."""
    queued_sec: float = field(default=0, init=False)
    started_sec: float | None = field(default=None, init=False)
    ended_sec: float | None = field(default=None, init=False)
    times_queued: int = field(default=0, init=False)
    times_stuck: int = field(default=0, init=False)
    times_handed_back: int = field(default=0, init=False)

    @property
    def is_over(self) -> bool:
        """Whether it has ended or failed."""
        return self.ended_sec is not None

    @property
    def wait_sec(self) -> float:
        """How long it waited for a slot, or until the scheduler failed it."""
        end = self.started_sec if self.started_sec is not None else self.ended_sec
        return (0.0 if end is None else end) - self.work.ready_sec

    def end(self, state: State, now: float) -> None:
        """Record its end."""
        self.state, self.ended_sec = state, now
        self.ended.append(self)
