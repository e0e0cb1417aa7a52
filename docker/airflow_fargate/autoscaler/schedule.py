"""The runs that are due soon, and what earlier runs of the same DAGs needed, from Airflow's metadata database."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter

from airflow_fargate.autoscaler.metadata import Metadata
from constructs_lib.shared.forecast import Run
from constructs_lib.shared.run_need import (
    BUCKET_SEC,
    DAY_SEC,
    DEFERRED_SEC,
    FIRST_SEC,
    RUNS,
    TOLERANCE_SEC,
    WEEK_SEC,
    Group,
    PastRun,
    slots_needed,
)

REMEMBERED = 20_000
"""The maximum number of runs whose need is kept in memory, 200 bytes each."""
SETTLED_SEC = 2 * FIRST_SEC
"""A run that has run for so long needs no second look at its first minutes."""

# As the scheduler selects DAGs (Airflow: `DagModel.dags_needing_dagruns`, `SchedulerJobRunner._create_dag_runs`). A DAG
# that only assets trigger has no next time, nor has one whose timetable raises. Where all types of runs are allowed,
# Airflow writes a JSON null.
DUE = """
SELECT now(), dag_id, next_dagrun, next_dagrun_create_after
FROM (SELECT now()) AS clock
LEFT JOIN dag ON NOT is_paused AND NOT is_stale AND NOT exceeds_max_non_backfill AND NOT has_import_errors
    AND (coalesce(jsonb_typeof(allowed_run_types::jsonb), 'null') = 'null' OR allowed_run_types::jsonb ? 'scheduled')
    AND next_dagrun IS NOT NULL
    AND next_dagrun_create_after > now() - %(past)s * interval '1 s'
    AND next_dagrun_create_after < now() + %(ahead)s * interval '1 s'
"""
# Each lookup uses the unique index of DAG and logical date. The last runs; then the nearest ones, an hour around the
# same time, of the last five days and weeks.
RUNS_OF = """
SELECT due.dag_id, run.id, extract(epoch FROM run.run_after)
FROM unnest(%(dag_ids)s::text[], %(logical)s::timestamptz[]) AS due (dag_id, logical)
CROSS JOIN LATERAL (
    (
        SELECT id, run_after FROM dag_run
        WHERE dag_run.dag_id = due.dag_id AND logical_date < due.logical
            AND run_type = 'scheduled' AND start_date < now() - %(settled)s * interval '1 s'
        ORDER BY logical_date DESC LIMIT %(runs)s
    )
    UNION
    (
        SELECT near.id, near.run_after FROM unnest(%(offsets)s::integer[]) AS past (seconds)
        CROSS JOIN LATERAL (
            SELECT id, run_after FROM dag_run
            WHERE dag_run.dag_id = due.dag_id AND run_type = 'scheduled'
                AND start_date < now() - %(settled)s * interval '1 s'
                AND logical_date BETWEEN due.logical - (past.seconds + %(tolerance)s) * interval '1 s'
                    AND due.logical - (past.seconds - %(tolerance)s) * interval '1 s'
            ORDER BY abs(extract(epoch FROM due.logical - logical_date) - past.seconds) LIMIT 1
        ) AS near
    )
) AS run
"""
# Counted from when Airflow queued a task instance: before that its own limits, or the scheduler's speed, hold it back.
# One that has been deferred keeps its first start, and is queued again after it. A run that had ended gets a new start
# when a task of it is cleared; its other tasks tell when it began.
NEEDS = """
SELECT id, queue, ready, least(ran, %(buckets)s), count(*), sum(run_sec)
FROM (
    SELECT id, queue, run_sec, greatest(0, floor(run_sec / %(bucket)s))::integer AS ran,
        floor(extract(epoch FROM ready_at - began) / %(bucket)s)::integer AS ready
    FROM (
        SELECT run.id, task.queue, ready_at, run_sec,
            least(run.start_date, min(ready_at) OVER (PARTITION BY run.id)) AS began
        FROM dag_run AS run
        JOIN task_instance AS task ON task.dag_id = run.dag_id AND task.run_id = run.run_id
        CROSS JOIN LATERAL (
            SELECT task.state = 'deferred' OR task.start_date < task.queued_dttm AS was_deferred
        ) AS kind
        CROSS JOIN LATERAL (
            SELECT CASE WHEN was_deferred THEN task.start_date ELSE task.queued_dttm END AS ready_at,
                CASE WHEN was_deferred THEN %(deferred)s
                    ELSE extract(epoch FROM coalesce(task.end_date, now()) - coalesce(task.start_date, now()))
                END AS run_sec
        ) AS held
        WHERE run.id = ANY(%(ids)s) AND task.queued_dttm IS NOT NULL
    ) AS task
    WHERE ready_at < began + %(first)s * interval '1 s'
) AS ready
GROUP BY 1, 2, 3, 4
"""
ARRIVED = """
SELECT due.dag_id, due.due, task.queue, count(task.id)
FROM unnest(%(dag_ids)s::text[], %(due)s::timestamptz[], %(logical)s::timestamptz[]) AS due (dag_id, due, logical)
JOIN dag_run AS run ON run.dag_id = due.dag_id AND run.logical_date = due.logical
LEFT JOIN task_instance AS task ON task.dag_id = run.dag_id AND task.run_id = run.run_id
    AND task.queued_dttm IS NOT NULL AND task.queue = ANY(%(queues)s)
GROUP BY 1, 2, 3
"""


class Schedule:
    """The schedule in the database *metadata*; only task instances of *queues* count."""

    def __init__(self, metadata: Metadata, queues: Iterable[str]) -> None:
        self._metadata = metadata
        self._queues = list(queues)
        self._needs: dict[int, dict[str, int] | None] = {}

    def due(self, *, past_sec: float, ahead_sec: float) -> tuple[float, dict[Run, datetime]]:
        """
        Return the database's time, and the runs that are due around it, each with its logical date.

        Raises:
            psycopg2.Error: the database cannot be asked.

        """
        rows = self._metadata.rows(DUE, {"past": past_sec, "ahead": ahead_sec})
        runs = {Run(dag_id, due.timestamp()): logical for _, dag_id, logical, due in rows if dag_id is not None}
        return rows[0][0].timestamp(), runs

    def past_runs(self, runs: Sequence[tuple[str, datetime]]) -> dict[str, list[PastRun]]:
        """
        Return the last runs of DAGs before a logical date, and those of the same hour and weekday, by DAG.

        A run whose task instances are all in queues of no pool does not count: the pool has another name since, or the
        DAG another queue.

        Raises:
            psycopg2.Error: the database cannot be asked.

        """
        found: dict[str, list[PastRun]] = {dag_id: [] for dag_id, _ in runs}
        values = {
            "dag_ids": [dag_id for dag_id, _ in runs],
            "logical": [logical for _, logical in runs],
            "settled": SETTLED_SEC,
            "runs": RUNS,
            "offsets": [number * period for period in (DAY_SEC, WEEK_SEC) for number in range(1, RUNS + 1)],
            "tolerance": TOLERANCE_SEC,
        }
        rows = self._metadata.rows(RUNS_OF, values)
        self._read_needs({id_ for _, id_, _ in rows})
        for dag_id, id_, due_sec in rows:
            if (needs := self._needs[id_]) is not None:
                found[dag_id].append(PastRun(float(due_sec), needs))
        return found

    def arrived(self, runs: Mapping[Run, datetime]) -> dict[Run, dict[str, int]]:
        """
        Return those of *runs* that exist, and how many of their task instances have been queued, by queue.

        *runs* have their logical dates.

        Raises:
            psycopg2.Error: the database cannot be asked.

        """
        values = {
            "dag_ids": [run.dag_id for run in runs],
            "due": [datetime.fromtimestamp(run.due_sec, UTC) for run in runs],
            "logical": list(runs.values()),
            "queues": self._queues,
        }
        found: dict[Run, dict[str, int]] = {}
        for dag_id, due, queue, count in self._metadata.rows(ARRIVED, values) if runs else ():
            counts = found.setdefault(Run(dag_id, due.timestamp()), {})
            if queue is not None:
                counts[queue] = count
        return found

    def _read_needs(self, ids: Collection[int]) -> None:
        """Read what runs needed that are not in memory; the oldest of too many are forgotten."""
        if unknown := [id_ for id_ in ids if id_ not in self._needs]:
            values = {
                "ids": unknown,
                "first": FIRST_SEC,
                "bucket": BUCKET_SEC,
                "buckets": FIRST_SEC // BUCKET_SEC,
                "deferred": DEFERRED_SEC,
            }
            rows = sorted(self._metadata.rows(NEEDS, values), key=itemgetter(0, 1))
            needs: dict[int, dict[str, int]] = {id_: {} for id_ in unknown}
            for (id_, queue), groups in groupby(rows, key=itemgetter(0, 1)):
                needs[id_][queue] = slots_needed(
                    Group(int(row[2]), int(row[3]), int(row[4]), float(row[5])) for row in groups
                )
            self._needs |= {id_: self._of_pools(slots) for id_, slots in needs.items()}
        for id_ in [each for each in self._needs if each not in ids][: max(0, len(self._needs) - REMEMBERED)]:
            del self._needs[id_]

    def _of_pools(self, slots: Mapping[str, int]) -> dict[str, int] | None:
        """Return the *slots* of the pools' queues, or None if all are of other queues."""
        known = {queue: number for queue, number in slots.items() if queue in self._queues}
        return known if known or not slots else None
