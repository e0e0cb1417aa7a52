"""Promises of the pages about DAGs: what they show runs, in the stack on this machine."""

import json
import shutil
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.local.documented import mail_server, write
from tests.local.stack import Stack

pytestmark = pytest.mark.local

DAG = """
from airflow.sdk import DAG, task
with DAG({name!r}, schedule=None):
    @task
    def say():
        import helper
        print(helper.TEXT)
    say()
"""


@dataclass(frozen=True)
class Ran:
    """The runs of all documented DAGs, by DAG."""

    stack: Stack
    runs: dict[str, str]
    mails: list[str] = field(default_factory=list)

    def tasks(self, dag_id: str) -> dict[str, dict[str, Any]]:
        """Return the ended task instances."""
        return self.stack.wait_for_run(dag_id, self.runs[dag_id])

    def log(self, dag_id: str, task_id: str) -> str:
        """Return the log of a task instance."""
        return "\n".join(self.stack.api.log_lines(dag_id, self.runs[dag_id], self.tasks(dag_id)[task_id]))


@pytest.fixture(name="ran", scope="module")
def _ran(local_stack: Stack) -> Iterator[Ran]:
    """Start all of them at once."""
    dags = local_stack.folder / "dags"
    names = write("dag", dags)
    (dags / ".airflowignore").write_text("drafts/\n*_helper.py\n")
    (dags / "drafts").mkdir()
    for file in ("drafts/ignored.py", "ignored_helper.py"):
        (dags / file).write_text(DAG.format(name="ignored"))
    with zipfile.ZipFile(dags / "archive.zip", "w") as archive:
        archive.writestr("zipped.py", DAG.format(name="zipped"))
        archive.writestr("helper.py", "TEXT = 'from the archive'\n")
    with mail_server() as (port, mails):
        extra = {"disable_ssl": True, "disable_tls": True, "from_email": "airflow@example.com"}
        connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}
        added = local_stack.command(
            "airflow", "connections", "add", "smtp_default", "--conn-json", json.dumps(connection)
        )
        assert added.returncode == 0, added.stderr
        local_stack.wait_until_known(*names, "zipped", limit_sec=60)
        yield Ran(local_stack, {name: local_stack.trigger(name) for name in (*names, "zipped")}, mails)
    for file in (*(f"{name}.py" for name in names), ".airflowignore", "archive.zip", "ignored_helper.py"):
        (dags / file).unlink()
    shutil.rmtree(dags / "drafts")


@pytest.mark.parametrize("dag_id", ["migrated_ecs", "migrated_ecs_short"])
def test_a_dag_with_ecs_run_task_operator_runs_as_migrated(ran: Ran, dag_id: str) -> None:
    """A migrated DAG with `EcsRunTaskOperator` runs with the stage's names, and its log has the output."""
    assert ran.tasks(dag_id)["odd"]["state"] == "success"
    assert "odd: [1, 3, 5, 7, 9]" in ran.log(dag_id, "odd")


def test_the_reference_runs_as_migrated(ran: Ran) -> None:
    """The migrated DAG of the reference runs."""
    states = {name: each["state"] for name, each in ran.tasks("migrated_reference").items()}

    assert states == dict.fromkeys(
        ("start_process", "odd_task", "even_task", "numbers_task", "runs_on_worker"), "success"
    )
    assert "numbers: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]" in ran.log("migrated_reference", "numbers_task")
    assert "{'key1': 'value1'}" in ran.log("migrated_reference", "runs_on_worker")


def test_mail_goes_by_smtp_default(ran: Ran) -> None:
    """The operator and the notifier send mail with `smtp_default`."""
    assert {name: each["state"] for name, each in ran.tasks("mails").items()} == {
        "report": "success",
        "fails": "failed",
    }
    text = "".join(ran.mails)

    assert text.count("From: airflow@example.com") == len(ran.mails) == 2
    assert "Subject: Report of 20" in text
    assert "Subject: DAG mails - Task fails" in text


def test_a_deadlines_callback_in_plugins_is_called(ran: Ran) -> None:
    """The triggerer calls a deadline's callback in `plugins/`."""
    ran.tasks("with_deadline")
    log = ran.stack.state.logs / "triggerer.log"
    end = time.monotonic() + 30

    while "with_deadline is late: look at it" not in log.read_text():
        assert time.monotonic() < end, log.read_text()[-2000:]
        time.sleep(0.2)


def test_a_zipped_dag_runs_with_its_module(ran: Ran) -> None:
    """A zipped DAG runs and imports its module."""
    assert ran.tasks("zipped")["say"]["state"] == "success"
    assert "from the archive" in ran.log("zipped", "say")


def test_airflowignore_has_patterns_as_gitignore(ran: Ran) -> None:
    """The patterns of .airflowignore are those of .gitignore."""
    assert "ignored" not in ran.stack.api.dag_ids()
