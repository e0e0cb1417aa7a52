"""
Ask what the triggerer asks of Airflow's database, with the task instances that a test gives, and print the answers.

`python triggerer_database.py '<JSON>'`; run by test_unowned_tasks.py.
"""

import json
import sys
import time
import uuid
from collections import Counter
from typing import Any

from airflow.models import import_all_models
from airflow.models.base import Base
from airflow.settings import engine
from airflow.utils.session import create_session
from airflow.utils.state import TaskInstanceState
from airflow_fargate.fargate_task.task_owner import OWNER_TAG, started_by
from airflow_fargate.triggerer import unowned_tasks
from airflow_fargate.triggerer.unowned_tasks import UnownedTasks
from botocore.exceptions import ClientError
from sqlalchemy import text

RUN = "INSERT INTO dag_run (dag_id, run_id, run_type, run_after) VALUES ('d', 'r', 'manual', now())"
INSTANCE = text(
    "INSERT INTO task_instance (id, task_id, dag_id, run_id, map_index, try_number, max_tries, pool, pool_slots, queue,"
    " state) VALUES (:id, :task_id, 'd', 'r', -1, 2, :max_tries, 'p', 1, 'q', :state)"
)
MAX_TRIES = 3


def add(name: str, *, state: str | None) -> str:
    """Add a task instance, in its second try, and return its id."""
    instance_id = str(uuid.uuid4())
    values = {"id": instance_id, "task_id": name, "max_tries": MAX_TRIES, "state": state}
    with create_session() as session:
        session.execute(INSTANCE, values)
    return instance_id


class Ecs:
    """An ECS with running tasks, as a client of boto3; a task that is stopped ends at once."""

    def __init__(self, tasks: dict[str, dict[str, Any]]) -> None:
        self.tasks = {f"arn:aws:ecs:eu-central-1:123456789012:task/c/{name}": task for name, task in tasks.items()}
        self.described: list[str] = []
        self.refuses = False

    def get_paginator(self, _operation: str) -> Any:  # noqa: ANN401 as boto3's
        """Return what answers in pages of ten."""
        return self

    def paginate(self, **_: object) -> list[dict[str, Any]]:
        """Return the pages."""
        arns = list(self.tasks)
        return [{"taskArns": arns[first : first + 10]} for first in range(0, len(arns), 10)]

    def describe_tasks(self, *, tasks: list[str], **_: object) -> dict[str, Any]:
        """Return them, as many as ECS describes at a time (Amazon ECS API reference, `DescribeTasks`)."""
        assert len(tasks) <= 100
        self.described += tasks
        return {"tasks": [{"taskArn": arn, **self.tasks[arn]} for arn in tasks]}

    def stop_task(self, *, task: str, **_: object) -> None:
        """End the task, or refuse to."""
        if self.refuses:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "StopTask")
        del self.tasks[task]


def task_of(case: dict[str, Any]) -> dict[str, Any]:
    """Return the ECS task of a *case*, and add its task instance to the database."""
    name = case["name"]
    own = add(name, state=case["state"]) if "state" in case else str(uuid.uuid4())
    owner = {"this try": own, "an earlier try": str(uuid.uuid4()), "nobody": None}[case["started by"]]
    key = started_by("d", name, "r", -1, MAX_TRIES - 1 if case.get("cleared") else MAX_TRIES)
    return {
        "startedBy": key if case.get("reattach", True) else "airflow",
        "tags": [{"key": OWNER_TAG, "value": owner}] if owner else [],
    }


def unowned(cases: list[dict[str, Any]]) -> dict[str, Any]:
    """Return which of the *cases*' ECS tasks each of three looks stops, and how often each was described."""
    ecs = Ecs({case["name"]: task_of(case) for case in cases})
    sweep = UnownedTasks(ecs, "c")
    stopped = [[arn.rpartition("/")[2] for arn in sweep.look()] for _ in range(3)]
    return {"stopped": stopped, "described": max(Counter(ecs.described).values())}


def refused() -> list[int]:
    """Return how many ECS tasks each look stops: first all stops are refused, then allowed, then one gets an owner."""
    ecs = Ecs({"unowned": task_of({"name": "refused", "started by": "an earlier try"})})
    sweep = UnownedTasks(ecs, "c")
    ecs.refuses = True
    stopped = [len(sweep.look()) for _ in range(3)]
    ecs.refuses = False
    return [*stopped, len(sweep.look())]


def owned_in_between() -> list[int]:
    """Return how many ECS tasks are stopped in each look, of which every other one finds an owner."""
    task = task_of({"name": "in_between", "state": "failed", "started by": "this try"})
    sweep = UnownedTasks(Ecs({"in_between": task}), "c")
    stopped = []
    for state in ("failed", "running", "failed", "running"):
        with create_session() as session:
            session.execute(text("UPDATE task_instance SET state = :state"), {"state": state})
        stopped.append(len(sweep.look()))
    return stopped


def tried_again() -> int:
    """Return the minimum number of looks, of which ECS refuses the first three."""
    looks: list[float] = []

    def look(_: UnownedTasks) -> None:
        looks.append(time.monotonic())
        if len(looks) <= 3:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "ListTasks")

    unowned_tasks.ROUND_SEC = 0
    UnownedTasks.look = look  # type: ignore[assignment,method-assign] # nothing is stopped
    with unowned_tasks.stopping_unowned_tasks():
        while len(looks) < 5:
            time.sleep(0.01)
    return 5


if __name__ == "__main__":
    import_all_models()  # type: ignore[no-untyped-call] # Airflow's own has no types
    assert engine
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        connection.execute(text(RUN))
    answers = {
        "table": unowned(json.loads(sys.argv[1])),
        "refused": refused(),
        "owned in between": owned_in_between(),
        "tried again": tried_again(),
        "states": [None, *TaskInstanceState],
    }
    print(json.dumps(answers))  # noqa: T201 for the test
