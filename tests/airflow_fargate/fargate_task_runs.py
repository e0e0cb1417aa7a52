"""The runs of a `FargateTaskOperator` that test_fargate_task_run.py looks at, and how they end."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.airflow_fargate.aws import aws
from tests.airflow_fargate.container import last_json, run, task_starter
from tests.airflow_fargate.ecs_answers import Server

CONTAINER = {"name": "multi_task", "command": ["a"], "environment": [{"name": "A", "value": "b"}]}


def overrides(**container: object) -> dict[str, object]:
    """Return what Airflow makes of the operator's overrides before a run."""
    return {"containerOverrides": [{**CONTAINER, **container}]}


RUNS: dict[str, dict[str, Any]] = {
    "good": {"command": ["python", "x.py"]},
    "bad": {},
    "blocking": {"deferrable": False},
    "skipped": {"skip_on_exit_code": 3},
    "never": {},
    "silent": {},
    "slow": {"execution_timeout": 1},
    "killed": {"kill": True},
    "impatient": {"waiter_max_attempts": 1},
    "not-known-yet": {},
    "forgotten": {},
    "cleared": {"max_tries": 4},
    "mapped": {"map_index": 7, "tags": {"Team": "data"}},
    "unwaited": {"deferrable": False, "wait_for_completion": False},
    "ended": {"deferrable": False, "wait_for_completion": False, "end": "after"},
    "not-stopped": {"deferrable": False, "wait_for_completion": False, "end": "after"},
    "left-running": {"stop_task_on_failure": False},
    "sized": {"cpu": "1024", "memory_mib": "2048"},
    "full": {},
    "full-for-long": {"refusals": 4},
    "full-for-a-day": {"refusals": 300},
    "unplaceable": {},
    "attached": {},
    "launch-type": {"cpu": "1024", "memory_mib": "2048", "launch_type": "FARGATE"},
    "not-begun": {"end": "before"},
    "interrupted": {"deferrable": False, "end": "meanwhile"},
    "no-logs": {"awslogs_group": None},
    "no-stream": {},
    "no-log-role": {},
    "no-log-role-blocking": {"deferrable": False},
    "mis-sized": {"cpu": "1024", "memory_mib": "512"},
    "no-size": {"cpu": "many", "memory_mib": "512"},
    "no-tags": {"rendered": {"tags": "Team"}},
    "numbers": {
        "xcom": True,
        "rendered": {
            "overrides": overrides(command=["a", 5], environment=[{"name": "N", "value": 0.5}]),
            "tags": {"N": "0.5"},
        },
    },
    "long": {"rendered": {"overrides": overrides(command=["python", "odd_numbers.py", "x" * 9000])}},
    "none": {"rendered": {"overrides": overrides(environment=[{"name": "A", "value": None}])}},
    "list": {"rendered": {"overrides": overrides(environment=[{"name": "A", "value": ["b"]}])}},
    "no-words": {"rendered": {"overrides": overrides(command="python x.py")}},
    "no-word": {"rendered": {"overrides": overrides(command=["python", {"x": 1}])}},
    "no-overrides": {"rendered": {"overrides": None}},
    "many-tags": {"rendered": {"tags": {f"key{number}": "" for number in range(51)}}},
    "wrong-tag": {"tags": {"day": "{{ ds }}"}, "rendered": {"tags": {"day": "<today>"}}},
    "owned": {"owner": "the data team", "reattach": False},
    "json-output": {"json": True},
    "json-output-blocking": {"json": True, "deferrable": False},
    "text-output": {"json": True},
    "unused-output": {"json": True, "do_xcom_push": False},
    "silent-output": {"json": True},
}
"""The arguments of a run by its cluster, from which the server knows how the task ends."""


@dataclass(frozen=True)
class Ends:
    """The results, the log and the requests to AWS of the runs, by cluster."""

    of: Mapping[str, Any]
    log: str
    asked: list[tuple[str, dict[str, Any]]]

    def requests(self, operation: str, cluster: str) -> list[dict[str, Any]]:
        """Return the requests of an *operation*."""
        return [arguments for name, arguments in self.asked if name == operation and arguments["cluster"] == cluster]


def ends_of_all(home: Path) -> Ends:
    """Run all of them in one process with Airflow's folder *home*."""
    with aws(Server().answer) as (url, asked):
        ended = run(
            Path(__file__).with_name("fargate_task_run.py"),
            json.dumps(RUNS),
            **task_starter(home),
            AIRFLOW_FARGATE_POLL_SEC="1",
            AWS_ENDPOINT_URL=url,
            AWS_DEFAULT_REGION="eu-central-1",
            AWS_ACCESS_KEY_ID="testing",
            AWS_SECRET_ACCESS_KEY="testing",
        )
        return Ends(last_json(ended), ended.stdout + ended.stderr, asked)
