"""The amount of work: the task instances in Airflow's metadata database."""

from collections.abc import Iterable

from airflow_fargate.autoscaler.metadata import Metadata

STATES = ("queued", "running", "restarting")
"""
The states in which a task instance has, or waits for, a slot of a worker.

`scheduled` is not among them: such a task may wait for a pool or a limit of Airflow, and another worker does not help.
A task that waits only for workers becomes `queued`, because Airflow's own limits leave room for all workers. `deferred`
and `up_for_reschedule` hold no slot.
"""


class Work:
    """The work that *metadata*, the database, has."""

    def __init__(self, metadata: Metadata) -> None:
        self._metadata = metadata

    def count(self, queues: Iterable[str]) -> dict[str, int]:
        """
        Return how many task instances have or wait for a slot, by queue.

        Raises:
            psycopg2.Error: the database cannot be asked, or does not answer within ten seconds.

        """
        counts = dict.fromkeys(queues, 0)
        query = "SELECT queue, count(*) FROM task_instance WHERE state IN %s AND queue IN %s GROUP BY queue"
        return counts | dict(self._metadata.rows(query, (STATES, tuple(counts))))
