"""Run 200 tasks while workers are started and stopped at random."""

import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from airflow_on_fargate.local.access_keys import owner_key
from airflow_on_fargate.local.airflow_api import AirflowApi
from airflow_on_fargate.local.credentials import client
from airflow_on_fargate.local.database import Database
from airflow_on_fargate.local.machine import Machine
from airflow_on_fargate.local.state import State
from benchmarks.reliability.fleet import Fleet, Worker, fleet
from constructs_lib.engine.synthesized_stack import SynthesizedStack

DAG = "restarts"
EVENT_SEC = 10
KILL_EVERY = 6
"""With SIGKILL, every sixth event kills a worker; the others start one, or stop one by SIGTERM."""
WORKERS = range(1, 4)
SLOTS = 4
STOP_TIMEOUT_SEC = 50
"""Less than the 120 s on AWS, so that tasks of 20 to 60 s are handed back."""
VISIBILITY_TIMEOUT_SEC = 60
"""
Instead of the queue's (`constructs_lib/airflow/environment.py`): a message that a worker had just received when it was
killed returns a minute later, not ten.
"""
LIMIT_SEC = 1500

STAGES = Path(__file__).with_name("restart_stages.py").read_text(encoding="utf-8")
"""The stage that `run` needs."""
RUNS: dict[str, tuple[Literal["SIGTERM", "SIGKILL"], int]] = {
    f"{how}-{seed}": (how, seed) for how in ("SIGTERM", "SIGKILL") for seed in (1, 2, 3)
}
"""The runs: the signal that stops workers, and the seed of the random numbers."""


@dataclass(frozen=True)
class Restarts:
    """What happened to `tasks`."""

    tasks: int
    stops: int
    kills: int
    not_succeeded: int
    ended_twice: int
    retries: int
    cut_off: int
    """Tries that were killed with their worker."""
    handed_back: int
    seconds: float
    slowest_exit_sec: float
    """From the last task of a stopped worker to its exit."""

    @property
    def is_good(self) -> bool:
        """Whether no task was lost or run twice, and only tasks of killed workers were retried."""
        return not self.not_succeeded and not self.ended_twice and self.retries <= SLOTS * self.kills


def run(state: State, how: Literal["SIGTERM", "SIGKILL"], seed: int, tasks: int = 200) -> Restarts:
    """Run the DAG on the stack of *state*, whose stage is `STAGES`, and count."""
    draw = random.Random(seed)  # noqa: S311 the same each time is what is wanted
    _shorten_visibility(state)
    file = state.folder / f"restarts-{how}-{seed}.txt"
    file.unlink(missing_ok=True)
    api = AirflowApi(state)
    while DAG not in api.dag_ids():
        time.sleep(1)
    api.unpause(DAG)
    with fleet(state, family="airflow-dev-worker-default", stop_timeout_sec=STOP_TIMEOUT_SEC) as workers:
        for _ in range(2):
            workers.start()
        began = event_at = time.monotonic()
        events = 0
        run_id = api.trigger(DAG, {"count": tasks, "file": str(file)})
        while api.run(DAG, run_id)["state"] not in ("success", "failed") and time.monotonic() - began < LIMIT_SEC:
            workers.look()
            if time.monotonic() > event_at + EVENT_SEC:
                event_at, events = event_at + EVENT_SEC, events + 1
                _event(workers, draw, kills=how == "SIGKILL" and events % KILL_EVERY == 0)
            time.sleep(0.5)
        seconds = time.monotonic() - began
        for worker in workers.running:
            workers.stop(worker)
        while any(worker.exited_at is None for worker in workers.workers):
            workers.look()
            time.sleep(0.2)
        return _count(state, run_id, file.read_text().splitlines(), workers.workers, tasks=tasks, seconds=seconds)


def _shorten_visibility(state: State) -> None:
    machine = Machine.read(state)
    region = SynthesizedStack.read(state.template(machine.stage)).region
    sqs = client("sqs", key=owner_key(state), endpoint=machine.endpoint, region=region)
    url = sqs.get_queue_url(QueueName=f"airflow-{machine.stage}-default")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(VISIBILITY_TIMEOUT_SEC)})


def _event(workers: Fleet, draw: random.Random, *, kills: bool) -> None:
    running = workers.running
    if kills and running:
        workers.kill(draw.choice(running))
    elif len(running) > WORKERS[0] and (len(running) == WORKERS[-1] or draw.choice((True, False))):
        workers.stop(draw.choice(running))
    else:
        workers.start()


def _count(
    state: State, run_id: str, lines: list[str], workers: list[Worker], *, tasks: int, seconds: float
) -> Restarts:
    database = Database.from_url(state.database_url.read_text().strip())
    with database.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT state, try_number FROM task_instance WHERE run_id = %s AND task_id = 'work'", [run_id])
        found = cursor.fetchall()
    connection.close()
    # The task and the number of its try: a task that was handed back starts again with the same number.
    began = Counter(line.split(maxsplit=1)[1] for line in lines if line.startswith("began"))
    ended = Counter(line.split(maxsplit=1)[1] for line in lines if line.startswith("ended"))
    exits = [worker.exited_at - worker.last_task_at for worker in workers if not worker.killed and worker.exited_at]
    return Restarts(
        tasks=tasks,
        stops=len(exits),
        kills=sum(worker.killed for worker in workers),
        # All expected tasks, whatever their state.
        not_succeeded=tasks - sum(state == "success" for state, _ in found),
        ended_twice=sum(count > 1 for count in Counter(each.split()[0] for each in ended.elements()).values()),
        retries=sum(number - 1 for _, number in found),
        cut_off=len(began.keys() - ended.keys()),
        handed_back=sum(began.values()) - len(began),
        seconds=seconds,
        slowest_exit_sec=max(exits, default=0.0),
    )
