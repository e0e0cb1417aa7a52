"""The workers of an ECS service, as processes or containers of this machine, started some time after their order."""

import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import httpx

from airflow_on_fargate.local.agent import launch_of, registered_container
from airflow_on_fargate.local.credentials import agent_uri
from airflow_on_fargate.local.docker import container_name
from airflow_on_fargate.local.launch import Agent
from airflow_on_fargate.local.machine import HEARTBEAT
from airflow_on_fargate.local.ports import free_port
from airflow_on_fargate.simulator.clock import Clock
from benchmarks.killing import kill_with_children
from constructs_lib.settings.processes import WORKER

START_SEC = 50
"""From the new desired count to the start of the worker's process; the worker itself then takes its own seconds."""
TIMEOUT_SEC = 30
"""For an answer of ECS's agent, on a busy machine."""
PORT = "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT"


@dataclass
class Worker:
    """A worker from its order to its exit, in seconds of the clock; its *process* is None before it has started."""

    name: str
    ordered_sec: float
    process: "subprocess.Popen[bytes] | None" = None
    stopped_sec: float | None = None
    ended_sec: float | None = None

    @property
    def is_there(self) -> bool:
        """Whether it is pending or running, and has not been stopped."""
        return self.stopped_sec is None and self.ended_sec is None


class Launcher:
    """Starts and stops the processes of workers, by the task definitions of the stack of *agent*."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    def start(self, family: str, name: str) -> "subprocess.Popen[bytes]":
        """Start the worker of the task definition *family* under a unique *name*; its output goes to a log."""
        container = registered_container(self._agent, family, WORKER.name)
        variables = {PORT: str(free_port())}
        if not self._agent.containers:
            variables[HEARTBEAT] = str(self._agent.state.heartbeats / name)
        environment = [{"name": key, "value": value} for key, value in variables.items()]
        launch = launch_of(replace(container, process=name, override={"environment": environment}), self._agent)
        with (self._agent.state.logs / f"{name}.log").open("wb") as output:
            return subprocess.Popen(
                launch.command,
                env=launch.environment,
                cwd=launch.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C must not reach the workers: they are stopped in order.
                start_new_session=True,
            )

    def is_protected(self, name: str) -> bool:
        """Whether the worker has asked ECS's agent to protect it from a scale-in."""
        uri = agent_uri(self._agent.state, self._agent.endpoint, name)
        answer = httpx.get(f"{uri}/task-protection/v1/state", timeout=TIMEOUT_SEC, trust_env=False)
        return bool(answer.raise_for_status().json()["protection"]["ProtectionEnabled"])

    def kill_all(self, workers: Iterator[Worker]) -> None:
        """Kill the *workers* that still run."""
        for name, process in [(worker.name, worker.process) for worker in workers if worker.process]:
            if process.poll() is None:
                if self._agent.containers:
                    # To kill `docker run` ends only that command.
                    subprocess.run(
                        ["docker", "rm", "--force", container_name(self._agent.state, name)],  # noqa: S607 as it was started
                        capture_output=True,
                        check=False,
                    )
                kill_with_children(process.pid)
            process.wait()


@dataclass
class Service:
    """
    Stands in for an ECS service: it starts *START_SEC* after an order, and stops only workers without protection.

    *workers* has all, those that have ended too. SIGKILL follows SIGTERM after *stop_timeout_sec*.
    """

    name: str
    family: str
    stop_timeout_sec: float
    clock: Clock
    launcher: Launcher
    desired: int = 0
    workers: list[Worker] = field(default_factory=list)

    def set_desired(self, count: int) -> None:
        """Change the desired count, as Application Auto Scaling does."""
        self.desired = count
        self.look()

    @property
    def present(self) -> list[Worker]:
        """The workers that are pending or running, the oldest first."""
        return [worker for worker in self.workers if worker.is_there]

    @property
    def counts(self) -> Mapping[str, int]:
        """What DescribeServices answers, by moto's names."""
        running = sum(worker.process is not None for worker in self.present)
        pending = len(self.present) - running
        return {"desired_count": self.desired, "running_count": running, "pending_count": pending}

    def look(self) -> None:
        """Note who has exited, and start or stop workers until their number is the desired one."""
        self._note_ends()
        for _ in range(self.desired - len(self.present)):
            self._order()
        for worker in self.present[::-1]:
            if len(self.present) <= self.desired:
                break
            self._stop(worker)

    def _order(self) -> None:
        worker = Worker(f"{self.name}-{len(self.workers)}", self.clock.now)
        self.workers.append(worker)

        def start() -> None:
            if worker.is_there:
                worker.process = self.launcher.start(self.family, worker.name)

        self.clock.after(START_SEC, start)

    def _stop(self, worker: Worker) -> None:
        """Stop a *worker* unless it is protected; a pending one has nothing to protect."""
        if worker.process is None:
            worker.stopped_sec = worker.ended_sec = self.clock.now
        elif not self.launcher.is_protected(worker.name):
            worker.stopped_sec = self.clock.now
            worker.process.send_signal(signal.SIGTERM)

    def _note_ends(self) -> None:
        for worker in self.workers:
            if worker.process is None or worker.ended_sec is not None:
                continue
            if worker.process.poll() is not None:
                worker.ended_sec = self.clock.now
            elif worker.stopped_sec is not None and self.clock.now > worker.stopped_sec + self.stop_timeout_sec:
                worker.process.kill()


def worker_hours(workers: Iterator[Worker], begin_sec: float, end_sec: float) -> float:
    """Return the hours of *workers* from their order, as Fargate bills about, within a period of the clock."""
    ends = ((worker, end_sec if worker.ended_sec is None else worker.ended_sec) for worker in workers)
    seconds = (min(ended, end_sec) - max(worker.ordered_sec, begin_sec) for worker, ended in ends)
    return sum(max(0.0, each) for each in seconds) / 3600
