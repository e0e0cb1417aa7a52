"""What the first minutes of a DAG's run need of the workers, and what is usual for its next run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median_high
from typing import NamedTuple

FIRST_SEC = 180
"""Seconds after its start in which a run's need is measured; what becomes ready later is left to the autoscaler."""
BUCKET_SEC = 10
"""Resolution of the need. Task instances that run for less than this share a slot: none waits longer."""
OVERHEAD_SEC = 1
"""What a slot needs in addition to a short task's run time; measured, 0.55 s on a warm worker."""
DEFERRED_SEC = 2
"""How long a task holds a slot before it is deferred: it starts, and gives its trigger to the triggerer."""
RUNS = 5
"""The maximum number of runs that a forecast is made from."""
MIN_RUNS = 3
"""The number of runs that must be alike. A new DAG has fewer, and is not forecast."""
DAY_SEC = 24 * 3600
WEEK_SEC = 7 * DAY_SEC
TOLERANCE_SEC = 65 * 60
"""
How far from the same hour another run may be. A cron expression in a time zone is an hour earlier or later in UTC after
the clocks change; the next run's time itself comes from Airflow's timetable.
"""
FACTOR, SLOTS = 2, 4
"""Two numbers of slots are alike if they differ by no more than this factor, or by this number, a worker's slots."""


class Group(NamedTuple):
    """
    Task instances of a run that became ready in the same ten seconds and ran for about as long.

    `ready` and `ran` are numbers of buckets, the first one counted from the run's start. `run_sec` is the sum of their
    run times.
    """

    ready: int
    ran: int
    instances: int
    run_sec: float


def slots_needed(groups: Iterable[Group]) -> int:
    """Return the maximum number of slots that the task instances of *groups* use at once if none of them waits."""
    buckets = FIRST_SEC // BUCKET_SEC
    held = [0.0] * buckets
    for each in groups:
        if each.ran == 0:
            held[each.ready] += min(each.instances, (each.run_sec + OVERHEAD_SEC * each.instances) / BUCKET_SEC)
        for bucket in range(each.ready, min(each.ready + each.ran + 1, buckets)) if each.ran else ():
            held[bucket] += each.instances
    return ceil(round(max(held), 3))


@dataclass(frozen=True)
class PastRun:
    """A run that was due at `due_sec`, and the slots that it needed, by queue."""

    due_sec: float
    slots: Mapping[str, int]


@dataclass(frozen=True)
class Usual:
    """The slots that a run usually needs, by queue: `alike` of the last `runs` runs needed about as many."""

    slots: Mapping[str, int]
    alike: int
    runs: int


def are_alike(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    """Return whether two runs need about the same number of slots of each queue."""
    pairs = [(one.get(queue, 0), other.get(queue, 0)) for queue in {*one, *other}]
    return all(max(pair) <= FACTOR * min(pair) or max(pair) - min(pair) <= SLOTS for pair in pairs)


def usual(past: Sequence[PastRun], due_sec: float) -> Usual | None:
    """
    Return what the run that is due at *due_sec* usually needs, or None if the *past* runs do not agree.

    The runs of the same weekday and hour are asked first, then those of the same hour, then the last ones. The first of
    these with three runs that are alike decides. The median ignores a run that was ten times as large.
    """
    for runs in (_same(past, due_sec, WEEK_SEC), _same(past, due_sec, DAY_SEC), _newest(past, due_sec)):
        found = _median(runs)
        if found.alike >= MIN_RUNS:
            return found if any(found.slots.values()) else None
    return None


def _same(past: Sequence[PastRun], due_sec: float, period_sec: int) -> list[PastRun]:
    """Return the runs one to five periods before *due_sec*: for each period the nearest one."""
    return [run for number in range(1, RUNS + 1) for run in _nearest(past, due_sec - number * period_sec)]


def _nearest(past: Sequence[PastRun], second: float) -> Iterator[PastRun]:
    near = [run for run in past if abs(run.due_sec - second) <= TOLERANCE_SEC]
    yield from sorted(near, key=lambda run: abs(run.due_sec - second))[:1]


def _newest(past: Sequence[PastRun], due_sec: float) -> list[PastRun]:
    before = [run for run in past if run.due_sec < due_sec]
    return sorted(before, key=lambda run: -run.due_sec)[:RUNS]


def _median(runs: Sequence[PastRun]) -> Usual:
    queues = sorted({queue for run in runs for queue in run.slots})
    slots = {queue: median_high([run.slots.get(queue, 0) for run in runs]) for queue in queues}
    return Usual(slots, sum(are_alike(run.slots, slots) for run in runs), len(runs))
