"""Load of clients and tasks on the api-server, with the processors that it has in a stage."""

import csv
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from airflow_on_fargate.local.airflow_api import AirflowApi
from airflow_on_fargate.local.state import read_json
from airflow_on_fargate.local.supervisor import Supervisord
from benchmarks.api.clients import Answers, ask, log_in
from benchmarks.api.quota import quota
from benchmarks.api.watch import Seen, Watched
from benchmarks.running import Running, running
from constructs_lib.settings.processes import API_SERVER
from constructs_lib.settings.settings import Settings

DAGS = Path(__file__).with_name("dags")
TASKS = 10
PAGES = 100
"""The number of DAGs and tasks in the files in `dags/`."""
REFRESHES = 6
"""How often the workers are renewed in a run that watches their memory."""
SAMPLE_SEC = 30


@dataclass(frozen=True)
class Shape:
    """A stage's settings, as Python, and the processors: those of the api-server alone, or of all its processes."""

    settings: str
    vcpus: float
    alone: bool


SHAPES = {
    "compact": Shape("compact_worker_slots=10", Settings(stage="dev").compact_size.cpu / 1024, alone=False),
    "split": Shape(
        "topology='split', worker_pools={'default': WorkerPool(slots=10, min=1, max=1)}",
        API_SERVER.cpu / 1024,
        alone=True,
    ),
}


@dataclass(frozen=True)
class Load:
    """The answers to some clients, and the measurements meanwhile."""

    clients: int
    pause_sec: float
    seconds: float
    p50: float
    p95: float
    slowest: float
    longest_silence: float
    per_second: float
    codes: dict[str, int]
    tasks: dict[str, int]
    seen: dict[str, float]


class Measured:
    """A running stack, with a token for its API."""

    def __init__(self, stack: Running) -> None:
        self.api = AirflowApi(stack.state)
        ready, password = read_json(stack.state.ready), stack.state.admin_password.read_text().strip()
        self.url, self.token = ready["url"], log_in(ready["url"], ready["user"], password)
        self.watched = Watched(stack)

    def fill(self) -> None:
        """Run each of the hundred DAGs once, so that the UI has runs to show."""
        while len(dag_ids := [each for each in self.api.dag_ids() if each.startswith("page_")]) < PAGES:
            time.sleep(1)
        runs = []
        for dag_id in dag_ids:
            self.api.unpause(dag_id)
            runs.append((dag_id, self.api.trigger(dag_id, {})))
        for dag_id, run_id in runs:
            self._wait(dag_id, run_id)

    def load(self, *, clients: int, pause_sec: float, seconds: float) -> Load:
        """Send requests while ten tasks run."""
        self.api.unpause("held")
        run_id = self.api.trigger("held", {"seconds": seconds + 20})
        while sum(each["state"] == "running" for each in self._tasks(run_id)) < TASKS:
            time.sleep(1)
        with self.watched.look() as seen:
            answers = ask(self.url, self.token, clients=clients, seconds=seconds, pause_sec=pause_sec)
        self._wait("held", run_id)
        states = [f"{each['state']} at try {each['try_number']}" for each in self._tasks(run_id)]
        return _load(answers, seen, states, clients=clients, pause_sec=pause_sec)

    def _tasks(self, run_id: str) -> list[dict[str, Any]]:
        return self.api.task_instances("held", run_id)

    def _wait(self, dag_id: str, run_id: str) -> None:
        while self.api.run(dag_id, run_id)["state"] not in ("success", "failed"):
            time.sleep(1)


def measure(folder: Path, shape: Shape, *, minutes: float) -> dict[str, dict[str, Any]]:
    """Return the answers to 30 clients with a request every two seconds, and to 60 without a pause."""
    with _limited(folder, shape, "") as measured:
        people = measured.load(clients=30, pause_sec=2, seconds=60 * minutes)
        print(f"  {people}", flush=True)
        overload = measured.load(clients=60, pause_sec=0, seconds=60 * min(minutes, 3))
        print(f"  {overload}", flush=True)
    return {"people": asdict(people), "overload": asdict(overload)}


def watch_memory(folder: Path, shape: Shape, file: Path, *, hours: float) -> int:
    """Write the memory of the api-server to *file*, every half minute, and return the seconds between renewals."""
    refresh_sec = max(30, int(3600 * hours / REFRESHES))
    with (
        _limited(
            folder, shape, f", airflow_config={{'api': {{'worker_refresh_interval': {refresh_sec}}}}}"
        ) as measured,
        file.open("w", newline="") as opened,
    ):
        table = csv.writer(opened)
        table.writerow(["minutes", "main process, MB", "workers, MB", "requests", "failed"])
        began = time.monotonic()
        while (now := time.monotonic() - began) < 3600 * hours:
            answers = ask(measured.url, measured.token, clients=30, pause_sec=2, seconds=SAMPLE_SEC)
            main, workers = measured.watched.megabytes()
            failed = sum(count for code, count in answers.codes.items() if code != "200")
            table.writerow([f"{now / 60:.1f}", f"{main:.0f}", f"{workers:.0f}", len(answers.answers), failed])
            opened.flush()
    return refresh_sec


@contextmanager
def _limited(folder: Path, shape: Shape, more: str) -> Iterator[Measured]:
    stages = (
        "from constructs_lib.settings import Settings\nfrom constructs_lib.settings import WorkerPool\n\n"
        f"STAGES = (Settings(stage='dev', {shape.settings}{more}),)\n"
    )
    with running(folder, stages=stages, dags=DAGS) as stack:
        measured = Measured(stack)
        measured.fill()
        ids = Supervisord(stack.state).process_ids()
        roots = [ids["api-server"]] if shape.alone else [ids[name] for name in ids if name not in ("aws", "database")]
        with quota(roots, shape.vcpus):
            yield measured


def _load(answers: Answers, seen: Seen, states: list[str], *, clients: int, pause_sec: float) -> Load:
    return Load(
        clients=clients,
        pause_sec=pause_sec,
        seconds=answers.ended - answers.began,
        p50=answers.percentile(0.5),
        p95=answers.percentile(0.95),
        slowest=answers.slowest,
        longest_silence=answers.longest_silence,
        per_second=answers.per_second,
        codes=dict(answers.codes),
        tasks={each: states.count(each) for each in sorted(set(states))},
        seen=asdict(seen),
    )
