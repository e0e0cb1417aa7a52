"""The runs that are expected soon, and how many slots they still need."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from constructs_lib.shared.run_need import PastRun, Usual, are_alike, usual

PREWARM_TIMEOUT_SEC = 120
"""
Seconds after a run was due for which its workers are asked for. A run that comes later finds them too, because a
service scales in only after minutes.
"""
KEEP_SEC = 300
"""A run that is due in so many seconds keeps the workers that are there: to start others again would cost more."""
MISTAKES = 3
"""After so many wrong forecasts in a row, the runs before them no longer count."""


class Run(NamedTuple):
    """A run of a DAG by the second in which it is due."""

    dag_id: str
    due_sec: float


@dataclass
class Expected:
    """What a run usually needs, what of that has not been queued yet, by queue, and whether the run exists."""

    usual: Usual
    left: Mapping[str, int]
    came: bool = False


@dataclass
class _Record:
    """What is known of a DAG's forecasts: those that came, wrong ones in a row, and since when its runs count."""

    unjudged: dict[float, Usual] = field(default_factory=dict)
    mistakes: list[float] = field(default_factory=list)
    since_sec: float = float("-inf")


class Forecast:
    """
    The expected runs, and how far forecasts of each DAG can be trusted.

    It holds no clock and asks no database: the autoscaler and the simulator report to it what they see.
    """

    def __init__(self) -> None:
        self.expected: dict[Run, Expected] = {}
        self._considered: set[Run] = set()
        self._records: dict[str, _Record] = {}

    def forget(self) -> None:
        """End all forecasts, but keep how far those of each DAG can be trusted."""
        self.expected.clear()
        self._considered.clear()

    def unknown(self, runs: Collection[Run]) -> list[Run]:
        """Return those of *runs* that `expect` has not considered yet, the next one first."""
        self._considered.intersection_update({*runs, *self.expected})
        return sorted(set(runs) - self._considered, key=lambda run: (run.due_sec, run.dag_id))

    def expect(self, run: Run, past: Sequence[PastRun]) -> bool:
        """
        Expect *run* if its *past* runs agree, after they have judged older forecasts of the DAG.

        Return whether they have made the third mistake in a row.
        """
        self._considered.add(run)
        record = self._records.setdefault(run.dag_id, _Record())
        distrusted = self._judge(record, past)
        found = usual([each for each in past if each.due_sec >= record.since_sec], run.due_sec)
        if found:
            self.expected[run] = Expected(found, found.slots)
        return distrusted

    def follow(self, run: Run, *, is_due: bool, arrived: Mapping[str, int] | None) -> bool:
        """
        Note what has become of an expected run; *arrived* are its queued task instances, or None without the run.

        Return False if it will not come, because its DAG was paused, removed or renamed, or has another schedule. It is
        then no longer expected, and does not count as a mistake.
        """
        expected = self.expected[run]
        if arrived is None:
            if not is_due:
                del self.expected[run]
            return is_due
        expected.came = True
        expected.left = {queue: max(0, slots - arrived.get(queue, 0)) for queue, slots in expected.usual.slots.items()}
        return True

    def end(self, now_sec: float) -> Iterator[tuple[Run, Expected, bool]]:
        """Yield the runs whose time is over; their forecasts end. The last value: it was the third mistake in a row."""
        for run in [each for each in self.expected if now_sec > each.due_sec + PREWARM_TIMEOUT_SEC]:
            expected, record = self.expected.pop(run), self._records[run.dag_id]
            if expected.came:
                record.unjudged[run.due_sec] = expected.usual
            yield run, expected, not expected.came and _note(record, run.due_sec, wrong=True)

    def slots(self, queue: str, now_sec: float, within_sec: float) -> int:
        """Return how many slots of *queue* the runs still need that are due within *within_sec* seconds."""
        return sum(
            expected.left.get(queue, 0)
            for run, expected in self.expected.items()
            if run.due_sec <= now_sec + within_sec and now_sec <= run.due_sec + PREWARM_TIMEOUT_SEC
        )

    def _judge(self, record: _Record, past: Sequence[PastRun]) -> bool:
        newest = max((run.due_sec for run in past), default=float("-inf"))
        distrusted = False
        for due_sec in sorted(each for each in record.unjudged if each <= newest):
            forecast = record.unjudged.pop(due_sec)
            for run in past:
                if run.due_sec == due_sec:
                    distrusted |= _note(record, due_sec, wrong=not are_alike(run.slots, forecast.slots))
        return distrusted


def _note(record: _Record, due_sec: float, *, wrong: bool) -> bool:
    """Add a judgement, and return whether it is the third mistake in a row."""
    record.mistakes = [*record.mistakes, due_sec] if wrong else []
    if len(record.mistakes) < MISTAKES:
        return False
    record.since_sec, record.mistakes = record.mistakes[0], []
    return True
