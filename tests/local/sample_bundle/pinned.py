"""A run whose tasks write down the numbers of their files: each way in which a task can run after a push."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import DAG, BaseOperator, get_current_context, task
from pinned_part import PART  # type: ignore[import-not-found] # it is beside this file in `dags/`
from typing_extensions import override

NUMBER = 1
START = datetime(2025, 1, 1, tzinfo=UTC)
WAIT_SEC = 90


def note(context: Any) -> None:  # noqa: ANN401 as Airflow's own
    """Write the task, its try, the numbers of both files and the folder of the version."""
    instance = context["ti"]
    numbers = f"{NUMBER} {PART} {Path(__file__).parents[1].name}"
    handle = os.open(context["params"]["notes"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{context['run_id']} {instance.task_id} {instance.try_number} {numbers}\n".encode())
    os.close(handle)


class Deferred(BaseOperator):
    """An operator that is deferred for a second."""

    @override
    def execute(self, context: Any) -> None:
        """Defer."""
        note(context)
        self.defer(trigger=TimeDeltaTrigger(timedelta(seconds=1)), method_name="resume")

    def resume(self, context: Any, event: Any = None) -> None:  # noqa: ANN401, ARG002 as Airflow's own
        """Note what the resumed task reads."""
        note(context)


with DAG(
    dag_id="pinned",
    description=f"number {NUMBER} {PART}",
    schedule=None,
    start_date=START,
    params={"notes": "/dev/null", "go": "/"},
    default_args={"retries": 1, "retry_delay": timedelta(0)},
):

    @task
    def first() -> list[int]:
        """Wait until the test has pushed."""
        context = get_current_context()
        note(context)
        end = time.monotonic() + WAIT_SEC
        while not Path(context["params"]["go"]).exists() and time.monotonic() < end:
            time.sleep(0.2)
        return [1, 2]

    @task
    def retried() -> None:
        """Fail once."""
        context = get_current_context()
        note(context)
        if context["ti"].try_number == 1:
            msg = "the first try fails"
            raise RuntimeError(msg)

    @task
    def mapped(number: int) -> None:
        """Note."""
        note(get_current_context() | {"number": number})

    @task(queue="spot")
    def elsewhere() -> None:
        """Note, on a worker that has started after the push."""
        note(get_current_context())

    numbers = first()
    mapped.expand(number=numbers)
    numbers >> [retried(), elsewhere(), Deferred(task_id="deferred")]
