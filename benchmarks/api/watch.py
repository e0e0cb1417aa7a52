"""Measurements while clients send requests: heartbeats, health check, processor, memory and connections."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
import psycopg2

from airflow_on_fargate.local.machine import Machine
from airflow_on_fargate.local.supervisor import Supervisord
from benchmarks.api.quota import cpu_sec
from benchmarks.measure import family, family_megabytes
from benchmarks.project import PROJECT
from benchmarks.running import Running

HEALTH_CHECK = PROJECT / "docker/airflow_fargate/health.py"
HEALTH_SEC = 5
OLDEST = "SELECT extract(epoch FROM max(now() - last_heartbeat_at)) FROM task_instance WHERE state = 'running'"
MISSED = "Failed to send heartbeat"


@dataclass
class Seen:
    """The measurements: the oldest heartbeat of a running task in seconds, and the results of the health check."""

    oldest_heartbeat_sec: float = 0
    health_checks: int = 0
    unhealthy: int = 0
    cpu_sec: float = 0
    megabytes: float = 0
    connections: int = 0
    missed_heartbeats: int = 0


class Watched:
    """The api-server of a running stack."""

    def __init__(self, stack: Running) -> None:
        self._stack = stack
        self.process_id = Supervisord(stack.state).process_ids()["api-server"]
        self._machine = Machine.read(stack.state)
        self._database = psycopg2.connect(stack.state.database_url.read_text().strip())
        self._database.autocommit = True

    @contextmanager
    def look(self) -> Iterator[Seen]:
        """Measure every second; the measurements are complete at the end of the context."""
        seen, over = Seen(), threading.Event()
        thread = threading.Thread(target=self._look, args=(seen, over))
        missed, used = self._missed(), cpu_sec(family(self.process_id))
        thread.start()
        try:
            yield seen
        finally:
            over.set()
            thread.join()
            seen.cpu_sec = cpu_sec(family(self.process_id)) - used
            seen.missed_heartbeats = self._missed() - missed

    def megabytes(self) -> tuple[float, float]:
        """Return the memory of gunicorn's main process and of its workers, shared pages counted once."""
        everything = family_megabytes(self.process_id)
        workers = sum(family_megabytes(each) for each in family(self.process_id)[1:])
        return everything - workers, workers

    def _look(self, seen: Seen, over: threading.Event) -> None:
        next_check = time.monotonic()
        while not over.wait(1):
            with self._database.cursor() as cursor:
                cursor.execute(OLDEST)
                [(oldest,)] = cursor.fetchall()
            seen.oldest_heartbeat_sec = max(seen.oldest_heartbeat_sec, float(oldest or 0))
            seen.megabytes = max(seen.megabytes, family_megabytes(self.process_id))
            seen.connections = max(seen.connections, self._connections())
            if time.monotonic() >= next_check:
                next_check = time.monotonic() + HEALTH_SEC
                seen.health_checks += 1
                seen.unhealthy += not self._is_healthy()

    def _is_healthy(self) -> bool:
        environment = {"AIRFLOW__API__PORT": str(self._machine.api_server_port)}
        command = [sys.executable, "-I", "-S", str(HEALTH_CHECK), "api-server"]
        return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0

    def _connections(self) -> int:
        count = 0
        for each in family(self.process_id):
            try:
                found = psutil.Process(each).net_connections()
            except psutil.Error:  # it has ended
                continue
            count += sum(bool(one.raddr) and one.raddr.port == self._machine.database_port for one in found)
        return count

    def _missed(self) -> int:
        return sum(
            each.read_text(errors="replace").count(MISSED) for each in self._stack.state.logs.glob("worker*.log")
        )
