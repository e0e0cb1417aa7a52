"""
Celery's results, which are never read here: Airflow needs only the status.

Celery stores them as pickles, and loading a pickle runs the code in it. Workers may write into the table. So a DAG
with a worker's password could run code in the scheduler, which owns the database, and in workers of other pools.
"""

import pickle

from celery.backends.database.models import Task, TaskSet  # type: ignore[import-untyped] # Celery has no types


class Unread:
    """A replacement of pickle for SQLAlchemy's `PickleType`: it writes values, and reads none."""

    dumps = staticmethod(pickle.dumps)

    @staticmethod
    def loads(_stored: bytes) -> None:
        """Return None for any stored value."""
        return


def leave_results_unread() -> None:
    """Make this process ignore Celery's results; call it before the first one is read."""
    for model in (Task, TaskSet):
        model.__table__.c.result.type.pickler = Unread
