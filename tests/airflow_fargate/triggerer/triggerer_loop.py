"""
Run Airflow's triggerer with Airflow's own supervisor, or with ours, on a database, and print what becomes of triggers.

`python triggerer_loop.py airflow`, or `ours`; run by test_triggerer_loop.py. The supervisor and the process of the
triggers are the real ones, and the triggers those of noted_triggers.py.
"""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from airflow.jobs import triggerer_job_runner
from airflow.jobs.job import Job
from airflow.jobs.triggerer_job_runner import TriggererJobRunner, TriggerLoggingFactory, TriggerRunnerSupervisor
from airflow.models import import_all_models
from airflow.models.base import Base
from airflow.models.dag import DagModel
from airflow.models.dag_version import DagVersion
from airflow.models.dagbundle import DagBundleModel
from airflow.models.trigger import Trigger
from airflow.settings import engine
from airflow.utils.session import create_session
from airflow_fargate.triggerer.supervisor import install
from sqlalchemy import text

from tests.airflow_fargate.triggerer import noted_triggers

HOME = Path(os.environ["AIRFLOW_HOME"])
LOGS = Path(os.environ["AIRFLOW__LOGGING__BASE_LOG_FOLDER"])
LIMIT_SEC = 30
TURNS = 4
"""How often Airflow's own is looked at before it counts as one that does nothing; each turn takes up to a second."""
SLOW_SEC = 0.1
ENDED_SEC = 2.5
"""After this long the process of the triggers has reported the end of a trigger; it reports each second."""
DEAD_SEC = 0.5
"""How long a killed process may take to end."""
INSTANCE = text(
    "INSERT INTO task_instance (id, task_id, dag_id, run_id, map_index, try_number, max_tries, pool, pool_slots, queue,"
    " priority_weight, state, trigger_id, dag_version_id)"
    " VALUES (:id, :task_id, 'd', 'r', -1, 1, 1, 'p', 1, 'q', 1, 'deferred', :trigger_id, :version)"
)


class Case:
    """A task instance that is deferred to a trigger."""

    def __init__(self, kind: type[noted_triggers.Waiting], version: UUID) -> None:
        self.name = uuid4().hex
        self._note = HOME / self.name
        with create_session() as session:
            trigger = Trigger.from_object(kind(note=str(self._note)))
            session.add(trigger)
            session.flush()
            self.trigger_id = trigger.id
            values = {"id": str(uuid4()), "task_id": self.name, "trigger_id": self.trigger_id, "version": version}
            session.execute(INSTANCE, values)

    def has_begun(self) -> bool:
        """Whether the trigger runs, or has run."""
        return Path(f"{self._note}.begun").exists()

    def allow(self, *what: str) -> None:
        """Let an `Obedient` trigger do something."""
        for each in what:
            Path(f"{self._note}.{each}").touch()

    def wait_for_its_lines(self) -> None:
        """Wait until the trigger has logged all its lines without a reader."""
        end = time.monotonic() + LIMIT_SEC
        while not Path(f"{self._note}.printed").exists():
            assert time.monotonic() < end
            time.sleep(0.05)

    def log(self) -> list[dict[str, Any]]:
        """Return the lines of the trigger's log so far that it has logged itself."""
        files = [each for each in LOGS.rglob("*") if each.is_file() and self.name in str(each)]
        lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
        return [line for line in lines if "what the container prints" in line["event"]]

    def was_killed(self) -> bool:
        """Whether `on_kill` of the trigger has run to its end."""
        return Path(f"{self._note}.killed").exists()

    def set_state(self, state: str | None) -> None:
        """Do to the task instance what a user does who marks or clears it."""
        with create_session() as session:
            changed = text("UPDATE task_instance SET state = :state WHERE task_id = :name")
            session.execute(changed, {"state": state, "name": self.name})

    def give_to(self, job_id: int) -> None:
        """Let another triggerer have the trigger."""
        with create_session() as session:
            moved = text("UPDATE trigger SET triggerer_id = :job WHERE id = :id")
            session.execute(moved, {"job": job_id, "id": self.trigger_id})

    def is_left(self) -> bool:
        """Whether the trigger is in the database."""
        with create_session() as session:
            return session.get(Trigger, self.trigger_id) is not None


class Triggerer:
    """A triggerer that runs, with a supervisor of the class *kind*."""

    def __init__(self, kind: type[TriggerRunnerSupervisor], version: UUID) -> None:
        self._version = version
        self.job = Job(job_type=TriggererJobRunner.job_type)  # type: ignore[no-untyped-call] # Airflow's own has no types
        with create_session() as session:
            session.add(self.job)
        self.supervisor = kind.start(job=self.job, capacity=100)

    def until(self, done: Callable[[], object], *, pause_sec: float = 0) -> bool:
        """Turn the loop until *done*, and pause after each turn; return whether that came within the limit."""
        end = time.monotonic() + LIMIT_SEC
        while not done() and time.monotonic() < end:
            self.supervisor.run_once()
            time.sleep(pause_sec)
        return bool(done())

    def is_over(self, case: Case) -> bool:
        """Whether the trigger has ended, and the supervisor knows."""
        return case.trigger_id not in self.supervisor.running_triggers

    def killed(self, other: int) -> dict[str, bool]:
        """Return of which triggers `on_kill` runs to its end, by what becomes of their task instances."""
        kinds = {"in a thread": noted_triggers.InThread, "slow to die": noted_triggers.SlowToDie}
        names = ("marked", *kinds, "taken over", "cleared")
        cases = {name: Case(kinds.get(name, noted_triggers.Waiting), self._version) for name in names}
        assert self.until(lambda: all(each.has_begun() and not self.is_over(each) for each in cases.values()))
        for name, case in cases.items():
            if name == "taken over":
                case.give_to(other)
            else:
                case.set_state(None if name == "cleared" else "failed")
        # Airflow's own does nothing about the one that is cleared, which is the last that is looked at.
        cleared = cases["cleared"]
        assert self.until(lambda: all(self.is_over(each) for each in cases.values() if each is not cleared))
        for _ in range(TURNS):
            self.supervisor.run_once()
        assert cases["taken over"].is_left()
        return {name: self.is_over(case) and case.was_killed() for name, case in cases.items()}

    def killed_when_marked_before_it_has_begun(self) -> bool:
        """Whether `on_kill` is called for more unstarted triggers than one turn starts."""
        cases = [Case(noted_triggers.Waiting, self._version) for _ in range(7)]
        for case in cases:
            case.set_state("failed")
        # The turn before had loaded all triggers already.
        self.supervisor.clean_unused()
        for _ in range(TURNS):
            self.supervisor.run_once()
        assert not any(case.is_left() for case in cases)
        return all(case.was_killed() for case in cases)

    def lines_read_in_a_turn(self) -> dict[str, Any]:
        """Return how many lines of a log one turn reads, and which fields a line has."""
        case = Case(noted_triggers.Printing, self._version)
        assert self.until(case.has_begun)
        case.wait_for_its_lines()
        before = len(case.log())
        self.supervisor.run_once()
        in_a_turn = len(case.log())
        assert self.until(case.log)
        return {"in a turn": in_a_turn, "before": before, "fields": sorted(case.log()[0])}

    def lines_after_the_end(self) -> dict[str, Any]:
        """Return how many lines are read of a log whose triggers' process is killed."""
        case = Case(noted_triggers.Printing, self._version)
        assert self.until(case.has_begun)
        case.wait_for_its_lines()
        os.kill(self.supervisor.pid, signal.SIGKILL)
        assert self.until(lambda: not self.supervisor.is_alive())
        self.supervisor.run_once()
        return {"after the end": len(case.log())}

    def lines_uploaded(self) -> list[int]:
        """Return how many lines were in a trigger's log when it was uploaded, after the database had been slow."""
        case = Case(noted_triggers.Talking, self._version)
        uploaded = self._noted_uploads(case)
        assert self.until(lambda: uploaded, pause_sec=SLOW_SEC)
        return uploaded

    @staticmethod
    def _noted_uploads(case: Case) -> list[int]:
        """Return the list that gets how many lines were in the trigger's log when it was uploaded."""
        uploaded: list[int] = []

        def upload(file: TriggerLoggingFactory) -> None:
            if case.name in file.log_path:
                lines = Path(LOGS, file.log_path).read_text().splitlines()
                uploaded.append(sum("what the container prints" in line for line in lines))

        TriggerLoggingFactory.upload_to_remote = upload  # type: ignore[method-assign] # there is no other place
        return uploaded

    def lines_uploaded_when_the_end_is_read_first(self) -> list[int]:
        """Return how many lines were uploaded of a trigger that logs and ends between two turns."""
        case = Case(noted_triggers.Obedient, self._version)
        assert self.until(case.has_begun)
        uploaded = self._noted_uploads(case)
        self._read_a_request()
        case.allow("log", "end")
        time.sleep(ENDED_SEC)
        assert self.until(lambda: uploaded)
        return uploaded

    def outlives_a_request_after_the_log(self) -> bool:
        """Return whether a turn reads that a trigger has ended, and before that the end of the log."""
        case = Case(noted_triggers.Obedient, self._version)
        assert self.until(case.has_begun)
        self._read_a_request()
        case.allow("log")
        # epoll reports first what the turn before has read.
        assert self.until(case.log)
        case.allow("end")
        time.sleep(ENDED_SEC)
        os.kill(self.supervisor.pid, signal.SIGKILL)
        time.sleep(DEAD_SEC)
        self.supervisor.run_once()
        return self.is_over(case)

    def _read_a_request(self) -> None:
        """Turn once when something is there to be read: the process of the triggers reports each second."""
        assert self.supervisor.selector.select(timeout=LIMIT_SEC)
        self.supervisor.run_once()


def database() -> UUID:
    """Make the tables and a DAG run; return the DAG's version."""
    import_all_models()  # type: ignore[no-untyped-call] # Airflow's own has no types
    Base.metadata.create_all(engine)
    with create_session() as session:
        session.add(DagBundleModel(name="b"))
        session.flush()
        session.add(DagModel(dag_id="d", bundle_name="b"))  # type: ignore[no-untyped-call] # as above
        session.flush()
        version = DagVersion(dag_id="d", version_number=1, bundle_name="b")
        session.add(version)
        session.execute(
            text("INSERT INTO dag_run (dag_id, run_id, run_type, run_after) VALUES ('d', 'r', 'manual', now())")
        )
        session.flush()
        return version.id


def main(whose: str) -> dict[str, Any]:
    """Return what becomes of triggers."""
    version = database()
    if whose == "ours":
        install()
    other = Job(job_type=TriggererJobRunner.job_type)  # type: ignore[no-untyped-call] # as above
    with create_session() as session:
        session.add(other)
    triggerer = Triggerer(triggerer_job_runner.TriggerRunnerSupervisor, version)
    try:
        with triggerer.supervisor.run_context():
            looks_for_unowned_tasks = [_looks_for_unowned_tasks()]
            found = {
                **triggerer.killed(other.id),
                "not begun": triggerer.killed_when_marked_before_it_has_begun(),
                "uploaded": triggerer.lines_uploaded(),
                **triggerer.lines_read_in_a_turn(),
            }
            if whose == "ours":
                found["uploaded when the end is read first"] = triggerer.lines_uploaded_when_the_end_is_read_first()
        looks_for_unowned_tasks.append(_looks_for_unowned_tasks())
    finally:
        # As Airflow ends it.
        triggerer.supervisor.kill()
    found |= Triggerer(triggerer_job_runner.TriggerRunnerSupervisor, version).lines_after_the_end()
    if whose == "ours":
        # On a slow machine a trigger may end too late.
        found["request after the log"] = any(
            Triggerer(triggerer_job_runner.TriggerRunnerSupervisor, version).outlives_a_request_after_the_log()
            for _ in range(4)
        )
    return {**found, "looks for unowned tasks": looks_for_unowned_tasks}


def _looks_for_unowned_tasks() -> bool:
    """Return whether a thread looks for ECS tasks that no task instance owns; one that has been ended ends soon."""
    for each in threading.enumerate():
        if each.name == "unowned-tasks":
            each.join(timeout=1)
            return each.is_alive()
    return False


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))  # noqa: T201 for the test
