"""
Stop the ECS tasks that no task instance waits for any longer: the triggerer looks for them every minute.

A trigger or a worker stops its ECS task itself when somebody clears or marks the task instance. An ECS task stays
behind when that fails, when the triggerer restarts or the worker is killed before it can do so, or when the
DAG run is deleted. docs/decisions/0025-unowned-ecs-tasks-are-stopped.md has a table of all states.
"""

import logging
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
from airflow.models.taskinstance import TaskInstance
from airflow.utils.session import create_session
from airflow.utils.state import State
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError

from airflow_fargate.fargate_task.stopped_task import stop_failed
from airflow_fargate.fargate_task.task_owner import OWNER_TAG, started_by
from airflow_fargate.stage import stage_value
from constructs_lib.shared.ecs import DESCRIBED_TASKS

ROUND_SEC = 60
BOUNDED = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 5})
REASON = "No Airflow task instance waits for this task"

log = logging.getLogger(__name__)


class UnownedTasks:
    """The ECS tasks of *cluster*; *ecs* is boto3's client."""

    def __init__(self, ecs: Any, cluster: str) -> None:  # noqa: ANN401 boto3 creates its class
        self._ecs = ecs
        self._cluster = cluster
        self._described: dict[str, Mapping[str, Any]] = {}
        """What is known of the running ECS tasks: neither their tags nor their `startedBy` change."""
        self._unowned: set[str] = set()
        self._problems: dict[str, str] = {}

    def look(self) -> list[str]:
        """
        Stop each ECS task that this look and the one before have found without an owner; return their ARNs.

        Raises:
            botocore.exceptions.BotoCoreError: AWS is out of reach.
            botocore.exceptions.ClientError: AWS refuses to list or to describe the tasks.
            sqlalchemy.exc.SQLAlchemyError: the database cannot be asked.

        """
        before, self._unowned = self._unowned, set()
        running = self._running()
        # The database is asked after ECS: a task instance exists before its ECS task does.
        owned = owned_tasks(running) if running else set()
        self._unowned = running.keys() - owned
        self._problems = {arn: problem for arn, problem in self._problems.items() if arn in self._unowned}
        return [arn for arn in sorted(self._unowned & before) if self._stop(running[arn])]

    def _running(self) -> dict[str, Mapping[str, Any]]:
        """Return the ECS tasks that are to run and name an owner, by ARN."""
        pages = self._ecs.get_paginator("list_tasks").paginate(cluster=self._cluster, desiredStatus="RUNNING")
        arns = [arn for page in pages for arn in page["taskArns"]]
        new = [arn for arn in arns if arn not in self._described]
        for first in range(0, len(new), DESCRIBED_TASKS):
            asked = new[first : first + DESCRIBED_TASKS]
            answer = self._ecs.describe_tasks(cluster=self._cluster, tasks=asked, include=["TAGS"])
            self._described |= {each["taskArn"]: each for each in answer["tasks"]}
        self._described = {arn: self._described[arn] for arn in arns if arn in self._described}
        return {arn: each for arn, each in self._described.items() if OWNER_TAG in tags(each)}

    def _stop(self, task: Mapping[str, Any]) -> bool:
        arn, by = task["taskArn"], tags(task)
        who = ", ".join(f"{key.removeprefix('airflow-')} {by[key]}" for key in sorted(by) if key.startswith("airflow-"))
        try:
            self._ecs.stop_task(cluster=self._cluster, task=arn, reason=REASON)
        except (BotoCoreError, ClientError) as error:
            # Report it once, not every minute.
            if self._problems.get(arn) != str(error):
                log.error(  # noqa: TRY400 the sentence has the error, and no stack trace helps
                    "No task instance waits for the ECS task %s (%s). %s",
                    *(arn, who, stop_failed(self._cluster, arn, error)),
                )
            self._problems[arn] = str(error)
            return False
        log.warning("No task instance waits for the ECS task %s (%s); it is being stopped", arn, who)
        return True


def tags(task: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags of a *task* as `DescribeTasks` describes it."""
    return {each["key"]: each.get("value", "") for each in task.get("tags") or ()}


def owned_tasks(tasks: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """
    Return which of *tasks*, by ARN, a task instance waits for, or will when its next try attaches to them.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be asked.

    """
    owner = {arn: tags(task)[OWNER_TAG] for arn, task in tasks.items()}
    waiting = _waiting(owner.values())
    owned = {arn for arn in tasks if owner[arn] in waiting}
    if len(owned) < len(tasks):
        attaching = _attaching()
        owned |= {arn for arn, task in tasks.items() if task.get("startedBy") in attaching}
    return owned


# A task instance that has been cleared has no state, which is `NULL` in the database.
_unfinished = or_(TaskInstance.state.is_(None), TaskInstance.state.not_in(State.finished))


def _waiting(ids: Collection[str]) -> set[str]:
    """Return those *ids* whose task instances have not finished this try."""
    with create_session() as session:
        return {
            str(found)
            for found in session.scalars(select(TaskInstance.id).where(TaskInstance.id.in_(set(ids)), _unfinished))
        }


def _attaching() -> set[str]:
    """Return the `startedBy` of the ECS tasks that unfinished task instances of all DAGs may attach to."""
    key = (TaskInstance.dag_id, TaskInstance.task_id, TaskInstance.run_id, TaskInstance.map_index)
    # Task instances that were never scheduled have started nothing; a run of thousands of tasks starts with thousands.
    asked = select(*key, TaskInstance.max_tries).where(_unfinished, TaskInstance.try_number > 0)
    with create_session() as session:
        return {started_by(*found) for found in session.execute(asked)}


@contextmanager
def stopping_unowned_tasks() -> Iterator[None]:
    """Look every minute, in a thread, until the block ends."""
    ended = threading.Event()
    threading.Thread(target=_look_until, args=(ended,), name="unowned-tasks", daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def _look_until(ended: threading.Event) -> None:
    # A new session, because boto3's default one is not thread-safe.
    tasks = UnownedTasks(boto3.Session().client("ecs", config=BOUNDED), stage_value("CLUSTER"))
    logged = ""
    while not ended.wait(ROUND_SEC):
        try:
            tasks.look()
        except (BotoCoreError, ClientError, SQLAlchemyError) as error:
            failure = " ".join(str(error).split())
        else:
            failure = ""
        if failure != logged:
            if failure:
                log.warning("Cannot look for ECS tasks that no task instance waits for; trying again: %s", failure)
            logged = failure
