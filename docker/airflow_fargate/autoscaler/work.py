"""The amount of work: the task instances in Airflow's metadata database."""

from collections.abc import Iterable

from airflow_fargate.autoscaler.metadata import Metadata
from constructs_lib.shared.workers_missing import LASTING_SEC, Active

STATES = ("queued", "running", "restarting")
"""
The states in which a task instance has, or waits for, a slot of a worker.

`scheduled` is not among them: such a task may wait for a pool or a limit of Airflow, and another worker does not help.
A task that waits only for workers becomes `queued`, because Airflow's own limits leave room for all workers. `deferred`
and `up_for_reschedule` hold no slot.
"""

QUERY = """
SELECT queue, count(*),
    count(*) FILTER (WHERE state <> 'running' OR start_date < now() - %(lasting)s * interval '1 s'),
    count(*) FILTER (WHERE state <> 'running')
FROM task_instance
WHERE state IN %(states)s AND queue IN %(queues)s
GROUP BY queue
"""


class Work:
    """The work that *metadata*, the database, has."""

    def __init__(self, metadata: Metadata) -> None:
        self._metadata = metadata

    def count(self, queues: Iterable[str]) -> dict[str, Active]:
        """
        Return how many task instances have or wait for a slot, by queue.

        Raises:
            psycopg2.Error: the database cannot be asked, or does not answer within ten seconds.

        """
        counts = dict.fromkeys(queues, Active())
        rows = self._metadata.rows(QUERY, {"states": STATES, "queues": tuple(counts), "lasting": LASTING_SEC})
        return counts | {queue: Active(*numbers) for queue, *numbers in rows}
