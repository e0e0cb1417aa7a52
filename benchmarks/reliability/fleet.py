"""Start and stop processes of a running local stack, as ECS does."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from airflow_on_fargate.local.agent import registered_launch
from airflow_on_fargate.local.containers import program_name
from airflow_on_fargate.local.credentials import agent_uri
from airflow_on_fargate.local.launch import Agent
from airflow_on_fargate.local.machine import Machine
from airflow_on_fargate.local.ports import free_port
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.supervisor import Supervisord
from benchmarks.killing import kill_with_children
from constructs_lib.engine.synthesized_stack import SynthesizedStack
from constructs_lib.settings.processes import WORKER


@dataclass
class Worker:
    """A worker, and when it got SIGTERM and exited, in seconds of the monotonic clock."""

    process: "subprocess.Popen[bytes]"
    log: Path
    stopped_at: float | None = None
    exited_at: float | None = None
    killed: bool = False

    @property
    def last_task_at(self) -> float:
        """When its log last reported the end of a task, or else when it got SIGTERM."""
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if " succeeded in " in line]
        return max(self.stopped_at or 0.0, _monotonic(lines[-1].split()[0]) if lines else 0.0)


@dataclass
class Fleet:
    """
    Workers of the task definition *family*, or other processes, beside those that the stack itself runs.

    SIGKILL follows SIGTERM after `stop_timeout_sec`, which the workers know.
    """

    state: State
    family: str
    stop_timeout_sec: int
    container: str = WORKER.name
    workers: list[Worker] = field(default_factory=list)

    def start(self) -> None:
        """Start one more."""
        machine = Machine.read(self.state)
        region = SynthesizedStack.read(self.state.template(machine.stage)).region
        agent = Agent(state=self.state, endpoint=machine.endpoint, region=region, containers=False)
        launch = registered_launch(agent, self.family, self.container)
        name = f"fleet-{self.container}-{len(self.workers)}"
        log = self.state.logs / f"{name}.log"
        environment = {
            **launch.environment,
            "AIRFLOW_FARGATE_HEARTBEAT_FILE": str(self.state.heartbeats / name),
            "AIRFLOW_FARGATE_STOP_TIMEOUT_SEC": str(self.stop_timeout_sec),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "ECS_AGENT_URI": agent_uri(self.state, machine.endpoint, name),
        }
        with log.open("wb") as output:
            process = subprocess.Popen(
                launch.command, env=environment, cwd=launch.folder, stdout=output, stderr=output, start_new_session=True
            )
        self.workers.append(Worker(process, log))

    @property
    def running(self) -> list[Worker]:
        """The workers that have not got SIGTERM."""
        return [worker for worker in self.workers if worker.stopped_at is None and worker.process.poll() is None]

    def stop(self, worker: Worker) -> None:
        """Send SIGTERM, as ECS does."""
        worker.stopped_at = time.monotonic()
        worker.process.send_signal(signal.SIGTERM)

    def kill(self, worker: Worker) -> None:
        """Kill a process and all its children, as the failure of a machine does."""
        worker.stopped_at, worker.killed = time.monotonic(), True
        kill_with_children(worker.process.pid)

    def look(self) -> None:
        """Note who has exited, and kill who has had its time."""
        now = time.monotonic()
        for worker in self.workers:
            if worker.exited_at is None and worker.process.poll() is not None:
                worker.exited_at = now
            elif worker.stopped_at and worker.exited_at is None and now > worker.stopped_at + self.stop_timeout_sec:
                self.kill(worker)


def _monotonic(timestamp: str) -> float:
    """Return a *timestamp* of a log on the monotonic clock."""
    moment = time.mktime(time.strptime(timestamp[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
    return moment + float("0." + timestamp[20:26]) - time.time() + time.monotonic()


@contextmanager
def fleet(state: State, *, family: str, stop_timeout_sec: int) -> Iterator[Fleet]:
    """Stop the stack's own worker of the task definition *family*, and all of the fleet's at the end."""
    supervisor, own = Supervisord(state), program_name(family, "worker")
    if own in supervisor.process_ids():
        supervisor.stop_program(own)
    workers = Fleet(state, family, stop_timeout_sec)
    try:
        yield workers
    finally:
        for worker in workers.workers:
            if worker.process.poll() is None:
                workers.kill(worker)
            worker.process.wait()
        supervisor.start(own)
