"""Promises of the supervisor of a task that no test of a running worker keeps."""

from pathlib import Path

from tests.airflow_fargate.container import last_json, run_with_airflow

WAITS = """
import json
from airflow_fargate.hand_back import ActivitySubprocess, Supervisor

waits = []
ActivitySubprocess._service_subprocess = lambda self, max_wait_time, **_: waits.append(max_wait_time)
supervisor = object.__new__(Supervisor)
for sockets in ({"socket": "stdout"}, {}):
    supervisor._open_sockets = sockets
    supervisor._service_subprocess(max_wait_time=1)
print(json.dumps(waits))
"""


def test_a_slot_is_free_as_soon_as_the_tasks_process_has_ended(tmp_path: Path) -> None:
    """Once the process has nothing more to say, its end is looked for all the time, not at the next heartbeat."""
    assert last_json(run_with_airflow(WAITS, tmp_path)) == [1, 0.02]
