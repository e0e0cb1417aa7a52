"""How long the programs of the image wait, and how much they accept."""

from itertools import count

from airflow_fargate import fargate_task_trigger, hand_back, xcom
from airflow_fargate.autoscaler import worker_services
from airflow_fargate.fargate_task import capacity
from airflow_fargate.triggerer import unowned_tasks
from airflow_fargate.worker import drain


def found() -> dict[str, float]:
    """Return the times in seconds, and the size of the largest XCom value in bytes."""
    no_room = [{"reason": "Capacity is unavailable at this time"}]
    pauses = (capacity._pause(no_room, refusals) for refusals in count())
    autoscaler = vars(worker_services.BOUNDED)
    call_sec = autoscaler["connect_timeout"] + autoscaler["read_timeout"]
    return {
        "end of a task": hand_back.ON_KILL_SEC + hand_back.REPORT_SEC + hand_back.LAST_MESSAGES_SEC,
        "unknown task": fargate_task_trigger.KNOWN_AFTER_SEC,
        "stop": fargate_task_trigger.STOP_LIMIT_SEC,
        "round of unowned tasks": unowned_tasks.ROUND_SEC,
        "without capacity": sum(each.total_seconds() for each in iter(lambda: next(pauses), None)),
        "call of the autoscaler": autoscaler["retries"]["total_max_attempts"] * call_sec,
        "poll": drain.POLL_SEC,
        "silent poll": drain.SILENT_SEC,
        "largest value": xcom.MAXIMUM_BYTES,
    }
