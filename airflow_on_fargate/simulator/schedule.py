"""The schedule of a simulated day, as the autoscaler reads it from Airflow's database."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from constructs_lib.shared.forecast import Forecast, Run
from constructs_lib.shared.workers_missing import AHEAD_SEC, ExpectedSlots

if TYPE_CHECKING:
    from airflow_on_fargate.simulator.schedules import ScheduledDay
    from airflow_on_fargate.simulator.simulation import Simulation
    from airflow_on_fargate.simulator.task_instance import TaskInstance

QUEUE = "default"


class Schedule:
    """The planned runs of *day*, and what has come of them in *simulation*."""

    def __init__(self, simulation: Simulation, day: ScheduledDay | None) -> None:
        self._simulation = simulation
        self._planned = {each.run: each for each in (day.planned if day else ())}
        self._forecast = Forecast()
        self._instances: dict[Run, list[TaskInstance]] = defaultdict(list)
        for each in simulation.scheduler.instances:
            if each.work.due_sec is not None:
                self._instances[Run(each.work.dag_id, each.work.due_sec)].append(each)

    def expected(self, *, lead_sec: float) -> ExpectedSlots:
        """Return the slots that expected runs need now."""
        now = self._simulation.clock.now
        for run, expected in list(self._forecast.expected.items()):
            if any(expected.left.values()):
                is_due = now < self._planned[run].paused_sec
                self._forecast.follow(run, is_due=is_due, arrived=self._arrived(run))
        list(self._forecast.end(now))
        near = [run for run, each in self._planned.items() if 0 <= run.due_sec - now <= AHEAD_SEC]
        for run in self._forecast.unknown([run for run in near if now < self._planned[run].paused_sec]):
            self._forecast.expect(run, self._planned[run].past)
        return ExpectedSlots.of(self._forecast, QUEUE, now, lead_sec=lead_sec)

    def _arrived(self, run: Run) -> dict[str, int] | None:
        """Return how many task instances of the run have been queued; None if it does not exist yet."""
        instances = self._instances[run]
        if not any(each.work.ready_sec <= self._simulation.clock.now for each in instances):
            return None
        return {QUEUE: sum(each.times_queued > 0 for each in instances)}
