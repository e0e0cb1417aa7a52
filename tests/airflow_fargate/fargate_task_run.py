"""
Run tasks of a `FargateTaskOperator` as a worker and the triggerer do, and print what came of each.

`python fargate_task_run.py '{"<cluster>": {<arguments>}}'`; run by test_fargate_task_run.py.
"""

import asyncio
import json
import signal
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowRescheduleException, TaskDeferred
from airflow_fargate import FargateTaskOperator, fargate_task_trigger

# Instead of a minute.
fargate_task_trigger.KNOWN_AFTER_SEC = 2

INSTANCE = {"dag_id": "d", "task_id": "t", "run_id": "r~1", "map_index": -1, "try_number": 2, "max_tries": 3}
before = EmptyOperator(task_id="before", dag=DAG("d", schedule=None))
"""An operator whose XCom others take."""
CONTEXT: Any = {"ti": SimpleNamespace(**INSTANCE, id="1-2-3", xcom_push=lambda **_: None)}


def run(cluster: str, arguments: dict[str, Any]) -> object:
    """Return what the task returns."""
    kill, end = arguments.pop("kill", False), arguments.pop("end", None)
    context: Any = {**CONTEXT, "task_reschedule_count": arguments.pop("refusals", 0)}
    rendered = arguments.pop("rendered", {})
    if arguments.pop("json", False):
        arguments["output_processor"] = json.loads
    if arguments.pop("xcom", False):
        arguments |= {"environment": {"N": before.output}, "tags": {"N": before.output}}
    changed = {name: arguments.pop(name) for name in ("max_tries", "map_index") if name in arguments}
    context["ti"] = SimpleNamespace(**vars(CONTEXT["ti"]) | changed)
    operator = FargateTaskOperator(task_id="t", task="multi_task", cluster=cluster, **arguments)
    for name, value in rendered.items():
        # As Airflow does with templates and XComs before a run.
        setattr(operator, name, value)
    if end == "meanwhile":
        # As Airflow does at the signal that ends a task.
        signal.signal(signal.SIGALRM, lambda *_: operator.on_kill())
        signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        result = None if end == "before" else operator.execute(context)
        if end in {"before", "after"}:
            # As a worker does that is stopped.
            operator.on_kill()
            return None
    except TaskDeferred as deferred:
        # As the triggerer does: from the serialized trigger.
        path, serialized = deferred.trigger.serialize()
        module, _, name = path.rpartition(".")
        trigger = getattr(sys.modules[module], name)(**json.loads(json.dumps(serialized)))
        if kill:
            asyncio.run(trigger.on_kill())
            return None
        return getattr(operator, deferred.method_name)(CONTEXT, asyncio.run(first(trigger)))
    return result


async def first(trigger: Any) -> Any:  # noqa: ANN401 Airflow's
    """Return the trigger's only event, after the trigger has ended."""
    events = [event.payload async for event in trigger.run()]
    return events[0]


if __name__ == "__main__":
    ends = {}
    for cluster, arguments in json.loads(sys.argv[1]).items():
        if "execution_timeout" in arguments:
            arguments["execution_timeout"] = timedelta(seconds=arguments["execution_timeout"])
        try:
            ends[cluster] = {"returned": run(cluster, arguments)}
        except AirflowRescheduleException as error:
            pause = error.reschedule_date - datetime.now(tz=UTC)
            ends[cluster] = {type(error).__name__: pause.total_seconds()}
        except BaseException as error:  # noqa: BLE001 a timeout is no Exception in Airflow
            ends[cluster] = {type(error).__name__: str(error)}
    print(json.dumps(ends))  # noqa: T201 for the test
