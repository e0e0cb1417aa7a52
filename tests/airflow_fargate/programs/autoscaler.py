"""The autoscaler with quick rounds, `python -m tests.airflow_fargate.programs.autoscaler`, and its parts."""

import io
import logging
import os
import resource
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from operator import add
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch

import airflow_fargate.__main__ as entrypoint
import boto3
import psycopg2
from airflow_fargate.autoscaler import ahead, schedule
from airflow_fargate.autoscaler import autoscaler as module
from airflow_fargate.autoscaler import metadata as database
from airflow_fargate.autoscaler.ahead import Ahead
from airflow_fargate.autoscaler.autoscaler import Autoscaler, WorkerPool, worker_pools
from airflow_fargate.autoscaler.metadata import Metadata
from airflow_fargate.autoscaler.schedule import Schedule
from airflow_fargate.autoscaler.work import Work
from airflow_fargate.autoscaler.worker_services import Count, WorkerServices
from typing_extensions import override

from constructs_lib.shared import workers_missing
from constructs_lib.shared.forecast import Run
from constructs_lib.shared.run_need import DAY_SEC, PastRun
from constructs_lib.shared.workers_missing import Active, Bounds, ExpectedSlots


def counted(queues: list[str]) -> dict[str, Active]:
    """Return how many task instances count, how many will probably run on, and how many are queued, by queue."""
    return Work(Metadata()).count(queues)


def count_without_an_answer() -> None:
    """Ask a database that does not answer, with a short limit."""
    with patch.object(database, "LIMIT_SEC", 0.5):
        Work(Metadata()).count(["default"])


class Services(WorkerServices):
    """A service with one worker at first, which notes what is published and when."""

    def __init__(self) -> None:
        self.now = 1000
        self.count = Count(1, 1)
        self.published: list[list[int]] = []

    @override
    def counts(self, services: Sequence[str]) -> dict[str, Count]:
        """Return the same numbers for each service."""
        return dict.fromkeys(services, self.count)

    @override
    def publish(self, missing: Mapping[str, int], forecast: Mapping[str, int]) -> None:
        """Note the number."""
        self.published.append([self.now, missing["worker-default"]])


class Instances(Work):
    """A database with a number of task instances."""

    def __init__(self) -> None:
        self.active = Active()

    @override
    def count(self, queues: Iterable[str]) -> dict[str, Active]:
        """Return the same numbers for each queue."""
        return dict.fromkeys(queues, self.active)


class Leads(Ahead):
    """No runs; it notes how long before them workers would be ordered."""

    def __init__(self) -> None:
        super().__init__(Schedule(Metadata(), []), {})
        self.leads: list[float] = []

    @override
    def slots(self, queue: str, *, lead_sec: float) -> ExpectedSlots:
        """Note *lead_sec*."""
        self.leads.append(lead_sec)
        return super().slots(queue, lead_sec=lead_sec)


def leads(rounds: Sequence[tuple[int, int, int, int]]) -> list[float]:
    """Return the lead in each round: workers desired and running, task instances queued and running."""
    services, work, noted = Services(), Instances(), Leads()
    pools = {"default": WorkerPool("worker-default", Bounds(slots=4, minimum=0, maximum=10))}
    autoscaler = Autoscaler(pools, work, noted, services)
    with patch("time.monotonic", lambda: float(services.now)):
        for desired, running, queued, busy in rounds:
            services.count, work.active = Count(desired, running), Active(queued + busy, queued, queued)
            autoscaler.look()
            services.now += workers_missing.ROUND_SEC
    return noted.leads


def published(numbers: list[int]) -> list[list[int]]:
    """Return what is published and when, with a number of task instances in each round of five seconds."""
    services, work = Services(), Instances()
    bounds = Bounds(slots=4, minimum=0, maximum=10)
    pools = {"default": WorkerPool("worker-default", bounds)}
    autoscaler = Autoscaler(pools, work, Ahead(Schedule(Metadata(), pools), {"default": bounds}), services)
    with patch("time.monotonic", lambda: float(services.now)):
        for number in numbers:
            work.active = Active(number, number)
            autoscaler.look()
            services.now += workers_missing.ROUND_SEC
    return services.published


def used() -> dict[str, object]:
    """Return the CPU seconds of a round, the memory of the process, and whether Airflow is loaded."""
    autoscaler = Autoscaler.of(worker_pools(os.environ))
    autoscaler.look()
    before = _cpu_sec()
    for _ in range(100):
        autoscaler.look()
    cpu_sec = (_cpu_sec() - before) / 100
    lines = Path("/proc/self/status").read_text().splitlines()
    [kib] = [line.split()[1] for line in lines if line.startswith("VmHWM")]
    return {"cpu": cpu_sec, "kib": int(kib), "airflow": "airflow" in sys.modules}


def due_runs() -> list[str]:
    """Return the DAGs whose next run is due within ten minutes, or was due two minutes ago."""
    _, due = Schedule(Metadata(), ["default", "large"]).due(past_sec=120, ahead_sec=600)
    return sorted(run.dag_id for run in due)


def needs(dag_id: str) -> list[dict[str, int]]:
    """Return the slots that the past runs of a DAG needed, by queue, the newest first."""
    reader = Schedule(Metadata(), ["default", "large"])
    _, due = reader.due(past_sec=120, ahead_sec=600)
    [(run, logical)] = [each for each in due.items() if each[0].dag_id == dag_id]
    past = reader.past_runs([(run.dag_id, logical)])[dag_id]
    return [dict(each.slots) for each in sorted(past, key=lambda each: -each.due_sec)]


def expected_slots(clock_error_sec: float) -> int:
    """Return the slots that runs need now in a container whose clock is wrong."""
    pools = {queue: pool.bounds for queue, pool in worker_pools(os.environ).items()}
    forecast = Ahead(Schedule(Metadata(), pools), pools)

    class Wrong(datetime):
        """The time of a clock that is wrong."""

        @classmethod
        @override
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) + timedelta(seconds=clock_error_sec)

    with (
        patch("time.time", partial(add, clock_error_sec, time.time())),
        patch.object(ahead, "datetime", Wrong),
        patch.object(schedule, "datetime", Wrong),
    ):
        forecast.look()
        return forecast.slots("default", lead_sec=90).now


LOOKS = (-60, 0, 121)


class Planned(Schedule):
    """A schedule with a daily run, which starts or never does; each run before it needed nine slots."""

    def __init__(self, *, starts: bool) -> None:
        self.now_sec = 0.0
        self._starts = starts

    @override
    def due(self, *, past_sec: float, ahead_sec: float) -> tuple[float, dict[Run, datetime]]:
        """Return the run of the nearest day."""
        due_sec = round(self.now_sec / DAY_SEC) * DAY_SEC
        return self.now_sec, {Run("nightly", due_sec): datetime.fromtimestamp(due_sec, UTC)}

    @override
    def past_runs(self, runs: Sequence[tuple[str, datetime]]) -> dict[str, list[PastRun]]:
        """Return the runs of the first days."""
        return {"nightly": [PastRun(day * DAY_SEC, {"default": 9}) for day in range(10)]}

    @override
    def arrived(self, runs: Mapping[Run, datetime]) -> dict[Run, dict[str, int]]:
        """Return the runs, whose tasks are not queued yet, or none."""
        return {run: {} for run in runs} if self._starts else {}


def lines_of_runs(days: int, *, starts: bool = False, prewarm_max: int = 10, looks: Sequence[int] = LOOKS) -> list[str]:
    """Return what is logged in *looks* at seconds around a run that is due on so many days, without times and dates."""
    planned, lines = Planned(starts=starts), io.StringIO()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=lines)
    forecast = Ahead(planned, {"default": Bounds(slots=4, minimum=0, maximum=10, prewarm_max=prewarm_max)})
    with patch("time.monotonic", lambda: planned.now_sec):
        for day in range(10, 10 + days):
            for second in looks:
                planned.now_sec = day * DAY_SEC + second
                forecast.look()
                forecast.announce("default", lead_sec=90)
    return [line.split(" ", 1)[1] for line in lines.getvalue().splitlines()]


def lines_of_started_runs(days: int, *looks: int) -> list[str]:
    """Return what is logged on so many days on which a run is due and starts."""
    return lines_of_runs(days, starts=True, looks=looks or LOOKS)


def lines_of_limited_runs(prewarm_max: int) -> list[str]:
    """Return what is logged on a day if not all workers may be ordered ahead."""
    return lines_of_runs(1, prewarm_max=prewarm_max)


class TooMuch(Schedule):
    """A schedule with 30 runs, of which the history of more than *maximum* at once cannot be read."""

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self._now = datetime.now(UTC)
        self.asked: list[int] = []

    @override
    def due(self, *, past_sec: float, ahead_sec: float) -> tuple[float, dict[Run, datetime]]:
        """Return the runs of 30 DAGs."""
        now_sec = self._now.timestamp()
        return now_sec, {Run(f"d{number}", now_sec + 60): self._now for number in range(30)}

    @override
    def past_runs(self, runs: Sequence[tuple[str, datetime]]) -> dict[str, list[PastRun]]:
        """Return no runs, or raise as if the database needed too long."""
        self.asked.append(len(runs))
        if len(runs) > self._maximum:
            raise psycopg2.OperationalError
        return {dag_id: [] for dag_id, _ in runs}

    @override
    def arrived(self, runs: Mapping[Run, datetime]) -> dict[Run, dict[str, int]]:
        """Return no run."""
        return {}


def histories_asked(maximum: int, rounds: int) -> list[int]:
    """Return of how many DAGs the history is asked for in each of so many rounds."""
    too_much = TooMuch(maximum)
    forecast = Ahead(too_much, {"default": Bounds(slots=4, minimum=0, maximum=10, prewarm_max=10)})
    for _ in range(rounds):
        forecast.look()
    return too_much.asked


def forgotten() -> list[int]:
    """Return how many runs are remembered after each of two looks, of which the memory has room for one."""
    reader, found = Schedule(Metadata(), ["default"]), []
    _, due = reader.due(past_sec=120, ahead_sec=600)
    with patch.object(schedule, "REMEMBERED", 1):
        for run, logical in due.items():
            reader.past_runs([(run.dag_id, logical)])
            found.append(len(reader._needs))
    return found


def arrived_runs() -> list[dict[str, int]]:
    """Return how many task instances of the runs that are due have been queued."""
    reader = Schedule(Metadata(), ["default"])
    _, due = reader.due(past_sec=120, ahead_sec=600)
    return list(reader.arrived(due).values())


class Explained(Metadata):
    """A database that explains each query before it answers it."""

    def __init__(self) -> None:
        super().__init__()
        self.plans: dict[str, str] = {}

    @override
    def rows(self, query: str, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Keep the plan of *query*, by its name."""
        [name] = [name for name in ("DUE", "RUNS_OF", "NEEDS", "ARRIVED") if getattr(schedule, name) == query]
        self.plans[name] = "\n".join(line for (line,) in super().rows(f"EXPLAIN {query}", values))
        return super().rows(query, values)


def plans() -> dict[str, str]:
    """Return the plans of the queries of the forecast."""
    metadata = Explained()
    reader = Schedule(metadata, ["default"])
    _, due = reader.due(past_sec=180, ahead_sec=workers_missing.AHEAD_SEC)
    some = dict(list(due.items())[:3])
    reader.past_runs([(run.dag_id, logical) for run, logical in some.items()])
    reader.arrived(some)
    return metadata.plans


def _cpu_sec() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def asked_of_aws(method: str, *arguments: Any) -> list[dict[str, Any]]:  # noqa: ANN401 as the method has them
    """Return the parameters of the calls that a method of `WorkerServices` makes."""
    asked: list[dict[str, Any]] = []
    # Clients have the handlers of their session.
    boto3.setup_default_session()
    session: Any = boto3.DEFAULT_SESSION
    session.events.register("before-parameter-build", lambda params, **_: asked.append(params))
    getattr(WorkerServices(), method)(*arguments)
    return asked


if __name__ == "__main__":
    # A test need not wait.
    with patch.object(module, "ROUND_SEC", 0.1), patch.object(ahead, "READ_SEC", 0.5):
        entrypoint.main(["autoscaler"])
