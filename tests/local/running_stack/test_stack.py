"""Promises of the stack on this machine: the real Airflow, Celery and PostgreSQL, and an AWS that executes."""

import dataclasses
import json
import stat
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote

import boto3
import psutil
import psycopg2
import pytest

from airflow_on_fargate.local.database import Database
from benchmarks.api.clients import ask, log_in
from tests.airflow_fargate.postgresql import query
from tests.local.stack import Stack

pytestmark = pytest.mark.local


def test_the_sample_runs_and_its_numbers_are_in_the_log(local_stack: Stack) -> None:
    """`make local-run DAG=Test_Dag` succeeds, shows each task, and the container's output is in Airflow's log."""
    ran = local_stack.command("run", "Test_Dag", "--conf", '{"upper_bound": 6}')

    assert ran.returncode == 0, ran.stdout + ran.stderr
    last = ran.stdout.splitlines()
    assert last[-1] == "Test_Dag: success"
    shown = {
        line.split()[0]: line.split()[1] for line in last[last.index(next(x for x in last if " task " in x)) + 1 : -1]
    }
    assert shown == dict.fromkeys(
        ("start_process", "odd_task", "even_task", "numbers_task", "on_worker_task"), "success"
    )
    [url] = [line for line in last if line.startswith("Test_Dag runs: ")]
    run_id = unquote(url.rpartition("/")[2])
    run_folder = local_stack.state.shared_volume / f"run-{quote(f'Test_Dag__{run_id}', safe='')}"
    assert (run_folder / "numbers.txt").read_text().split() == list("123456")
    odd_task = local_stack.wait_for_run("Test_Dag", run_id)["odd_task"]
    assert "odd: [1, 3, 5]" in "\n".join(local_stack.api.log_lines("Test_Dag", run_id, odd_task))


def test_ds_is_the_day_of_the_logical_date(local_stack: Stack) -> None:
    """`ds` is the day of the logical date, with and without a schedule."""
    run_id = local_stack.trigger("dated")
    ran, again = [local_stack.command("run", "dated_daily", "--logical-date=2026-11-02") for _ in range(2)]

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert again.stderr == (
        "error: dated_daily already has a run for the logical date 2026-11-02T00:00:00+00:00:"
        " choose another LOGICAL_DATE\n"
    )
    [url] = [line for line in ran.stdout.splitlines() if line.startswith("dated_daily runs: ")]
    days = {
        "dated_daily": (unquote(url.rpartition("/")[2]), "2026-11-02"),
        "dated": (run_id, f"{datetime.now(UTC):%F}"),
    }
    for dag_id, (run, day) in days.items():
        instance = local_stack.wait_for_run(dag_id, run)["say"]
        assert f"the day is {day}" in "\n".join(local_stack.api.log_lines(dag_id, run, instance))


def test_a_command_of_airflows_runs_in_the_stack(local_stack: Stack) -> None:
    """A command of Airflow has the stack's database, DAGs and AWS, and returns its exit code."""
    user = ("--username=joe", "--firstname=J", "--lastname=D", "--email=joe@example.com", "--role=Viewer")

    # The scheduler would take the tasks of a DAG that is not paused before `dags test` runs them.
    local_stack.api.pause("dated")
    tested = local_stack.command("airflow", "dags", "test", "dated", "2026-11-20")
    local_stack.api.unpause("dated")
    made = local_stack.command("airflow", "users", "create", *user, "--password=secret")
    missing = local_stack.command("airflow", "variables", "get", "missing")

    assert tested.returncode == 0, tested.stdout + tested.stderr
    runs = local_stack.api._all("/api/v2/dags/dated/dagRuns", "dag_runs")
    assert {run["logical_date"]: run["state"] for run in runs}["2026-11-20T00:00:00Z"] == "success"
    assert (made.returncode, 'User "joe" created with role "Viewer"' in made.stdout) == (0, True)
    assert missing.returncode == 1


def test_ready_says_where_everything_is(local_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.local/ready.json` has paths relative to the project, and secrets are in the owner's files."""
    ready = local_stack.ready

    paths = {"password_file", "aws_credentials_file", "database_url_file"}
    assert ready.keys() == {"url", "user", "aws_endpoint_url", *paths}
    for file in paths:
        path = local_stack.folder / ready[file]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    url = (local_stack.folder / ready["database_url_file"]).read_text().strip()
    Database.from_url(url).connect().close()
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(local_stack.folder / ready["aws_credentials_file"]))
    sts = boto3.Session(region_name="us-east-1").client("sts", endpoint_url=ready["aws_endpoint_url"])
    assert sts.get_caller_identity()["Account"] == "123456789012"


def test_a_start_is_a_line_a_program(local_stack: Stack) -> None:
    """A start prints what it composes, each ready program and the UI's URL."""
    composing, *started, logs, ready = local_stack.start_output.read_text().splitlines()
    programs = [line.split()[2] for line in started if line[:6].strip().replace(".", "").isdigit()]

    assert composing.endswith(" s  the stage dev is composed")
    assert sorted(programs) == sorted(local_stack.supervisor.states())
    # A warning about a task, if there is one.
    assert len(started) <= len(programs) + 3
    assert logs == "The output of all programs is in .local/logs; airflow-fargate local logs worker shows one"
    assert ready.startswith("Airflow is ready after ")
    assert ready.endswith(f" at {local_stack.url}, user admin, password: cat .local/admin_password")


def test_a_second_start_is_refused(local_stack: Stack) -> None:
    """A second start is refused with the URL of the first and how to stop it."""
    second = local_stack.command("up")

    assert second.returncode == 1
    assert (
        second.stderr == f"error: the stack already runs, at {local_stack.url}; airflow-fargate local down stops it\n"
    )


def test_an_unknown_dag_is_refused_with_those_there_are(local_stack: Stack) -> None:
    """An unknown DAG is refused with the most similar id, or all."""
    ran = local_stack.command("run", "Test_Dog")

    assert (ran.returncode, ran.stderr) == (1, "error: DAG 'Test_Dog' is not in dags/; did you mean 'Test_Dag'?\n")


def test_an_edited_dag_shows_within_ten_seconds_and_a_broken_one_by_file_and_line(local_stack: Stack) -> None:
    """An edited DAG appears within ten seconds, and a broken one is named with file and line."""
    file = local_stack.folder / "dags/fresh.py"
    source = (
        "from airflow.sdk import dag, task\n@dag(schedule=None)\ndef fresh():\n    @task\n"
        "    def work(): print('done')\n    work()\nfresh()\n"
    )
    file.write_text(source)
    try:
        assert local_stack.wait_until_known("fresh") <= 10

        file.write_text(source.replace("def fresh():", "def fresh(:"))
        end = time.monotonic() + 10
        while not local_stack.api.import_errors():
            assert time.monotonic() < end
            time.sleep(0.2)
        ran = local_stack.command("run", "Test_Dag", "--conf", '{"upper_bound": 1}')
    finally:
        file.unlink()

    assert ran.stdout.startswith("warning: dags/fresh.py, line 3, cannot be imported: SyntaxError: ")
    assert ran.returncode == 0


def test_an_edited_task_counts_at_its_next_run(local_stack: Stack) -> None:
    """An edited task runs at its next start, without a restart of the stack."""
    program = local_stack.folder / "tasks/exits/main.py"
    before = program.read_text()
    program.write_text("print('all is well')\n")
    try:
        ended = local_stack.wait_for_run("exits", local_stack.trigger("exits"))
    finally:
        program.write_text(before)

    assert ended["exits_task"]["state"] == "success"


def test_a_failing_container_says_its_exit_code_and_its_last_lines(local_stack: Stack) -> None:
    """The error of a failed container has its exit code and its last lines."""
    ran = local_stack.command("run", "exits")

    assert ran.returncode == 1
    assert "exits ended with exit code 3: Essential container in task exited" in ran.stdout
    assert "the disk is full" in ran.stdout
    assert ran.stdout.splitlines()[-1] == "exits: failed"


def test_the_log_of_an_on_demand_task_has_what_a_reader_needs_and_little_else(local_stack: Stack) -> None:
    """The log of an on-demand task has the ECS task, its output and at most 14 other lines."""
    run_id = local_stack.trigger("exits")
    task = local_stack.wait_for_run("exits", run_id)["exits_task"]
    # The trigger's part is there when its log has been uploaded.
    local_stack.wait_for_log_line("exits", run_id, "exits_task", "] the disk is full")
    lines = local_stack.api.log_lines("exits", run_id, task)
    text = "\n".join(lines)

    assert len(lines) - 1 <= 14, text
    assert "tasks/exits started as the ECS task arn:aws:ecs:us-east-1:123456789012:task/airflow-dev/" in text
    assert "Its output: log stream exits/exits/" in text
    assert " of the log group /airflow-dev/tasks/exits" in text
    assert "tasks/exits ended with exit code 3: Essential container in task exited" in text


def test_a_deferred_task_that_is_cleared_or_marked_is_stopped_within_15_seconds(local_stack: Stack) -> None:
    """Ten cleared or marked deferred tasks are stopped within 15 seconds, and cleared ones run again."""
    ecs = local_stack.client("ecs")

    def running() -> set[str]:
        return set(
            ecs.list_tasks(cluster="airflow-dev", family="airflow-dev-slow", desiredStatus="RUNNING")["taskArns"]
        )

    def stopped() -> list[str]:
        arns = ecs.list_tasks(cluster="airflow-dev", family="airflow-dev-slow", desiredStatus="STOPPED")["taskArns"]
        return [
            each.get("stoppedReason", "") for each in ecs.describe_tasks(cluster="airflow-dev", tasks=arns)["tasks"]
        ]

    def wait_for(wanted: Callable[[], bool], limit_sec: float) -> None:
        end = time.monotonic() + limit_sec
        while not wanted():
            assert time.monotonic() < end, running()
            time.sleep(0.2)

    def states() -> Counter[str]:
        return Counter(each["state"] for each in local_stack.api.task_instances("cancel_many", run_id))

    run_id = local_stack.trigger("cancel_many")
    wait_for(lambda: states() == {"deferred": 10}, 60)
    first = running()
    assert len(first) == 10, stopped()
    local_stack.mark("cancel_many", run_id, "cleared")
    wait_for(lambda: not running() & first, 15)
    wait_for(lambda: states() == {"deferred": 10}, 60)
    assert len(running()) == 10, stopped()
    local_stack.mark("cancel_many", run_id, "failed")
    wait_for(lambda: not running(), 15)


def test_a_container_that_never_starts_says_why(local_stack: Stack) -> None:
    """A container without a command fails with a sentence that says where to set it."""
    ran = local_stack.command("run", "absent")

    assert ran.returncode == 1
    assert "CannotStartContainerError: tasks/absent has no command: set one" in ran.stdout


def test_what_ecs_refuses_kills_and_hands_on_is_the_same_here(local_stack: Stack) -> None:
    """Long commands, too much memory and a last line of JSON have the same effect as on ECS."""
    run_id = local_stack.trigger("limits")

    ended = local_stack.wait_for_run("limits", run_id)

    states = {name: instance["state"] for name, instance in ended.items()}
    assert states == {
        "command": "success",
        "large_override": "failed",
        "grows": "failed",
        "counts": "success",
        "more": "success",
    }
    logs = {name: "\n".join(local_stack.api.log_lines("limits", run_id, ended[name])) for name in states}
    assert "exits: command and environment have 91" in logs["large_override"]
    assert "ended with exit code 137: OutOfMemoryError: Container killed due to memory usage" in logs["grows"]


def test_each_queue_has_its_worker(local_stack: Stack) -> None:
    """A task runs on its queue's worker, and its log can be read while it runs."""
    run_id = local_stack.trigger("pools")
    local_stack.wait_for_state("pools", run_id, "on_spot", "running")
    local_stack.wait_for_log_line("pools", run_id, "on_spot", "on worker-spot", limit_sec=4)

    states = {name: task["state"] for name, task in local_stack.wait_for_run("pools", run_id).items()}

    assert states == {"on_default": "success", "on_spot": "success"}
    local_stack.wait_for_log_line("pools", run_id, "on_default", "on worker", limit_sec=1)


def test_a_backlog_of_one_queue_holds_up_no_other(local_stack: Stack, tmp_path: Path) -> None:
    """A backlog in one queue does not delay the tasks of another."""
    api = local_stack.api
    api.unpause("backlog")
    run_id = api.trigger("backlog", {"folder": str(tmp_path)})

    def states() -> Counter[str]:
        return Counter(each["state"] for each in api.task_instances("backlog", run_id))

    end = time.monotonic() + 60
    while states() != (expected := {"running": 1, "queued": 2, "scheduled": 17}):
        assert time.monotonic() < end, states()
        time.sleep(0.2)
    other = local_stack.trigger("pools")
    local_stack.wait_for_state("pools", other, "on_default", "success")

    assert states() == expected
    (tmp_path / "go").touch()
    for dag_id, run in (("backlog", run_id), ("pools", other)):
        local_stack.wait_for_run(dag_id, run)
    assert states() == {"success": 20}


def test_a_queue_that_no_worker_serves_is_an_import_error(local_stack: Stack) -> None:
    """A queue without a worker is an import error with the existing queues."""
    file, right = local_stack.folder / "dags/wrong.py", local_stack.folder / "dags/pools.py"
    file.write_text(right.read_text().replace("pools()", "wrong()").replace('"spot"', '"spto"'))
    try:
        ran = local_stack.command("run", "wrong")
    finally:
        file.unlink()

    assert ran.returncode == 1
    assert ran.stdout == (
        "warning: dags/wrong.py cannot be imported: AirflowClusterPolicyViolation: task 'on_spot' of DAG"
        " 'wrong' has queue='spto', which no worker serves; the queues are default, spot\n"
    )


def test_no_process_has_a_secret_in_its_arguments_or_a_key_in_its_environment(local_stack: Stack) -> None:
    """No process has a secret in its arguments or a key in its environment."""
    secrets = [key["text"] for key in json.loads(local_stack.state.keys.read_text()).values()]
    arguments = " ".join(word for each in psutil.process_iter(["cmdline"]) for word in each.info["cmdline"] or ())
    variables = local_stack.environment_of("airflow-dev-airflow", "worker")

    assert [secret for secret in secrets if secret in arguments] == []
    assert {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "DB_PASSWORD",
    } <= variables.keys()
    keys = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"}
    assert variables.keys() & keys == set()
    assert "AIRFLOW__CORE__FERNET_KEY" not in variables


def test_thirty_clients_at_once_are_all_answered(local_stack: Stack) -> None:
    """All of thirty simultaneous clients are answered."""
    token = log_in(local_stack.url, local_stack.user, local_stack.password)

    answers = ask(local_stack.url, token, clients=30, seconds=8)

    assert set(answers.codes) == {"200"}, answers.codes
    assert (answers.slowest < 20, answers.longest_silence < 10) == (True, True), (
        answers.slowest,
        answers.longest_silence,
    )


def test_large_xcoms_are_objects_and_what_is_too_large_fails_its_task_at_once(local_stack: Stack) -> None:
    """Large XCom values are objects with their types, and one above the maximum fails its task at once."""
    run_id = local_stack.trigger("xcoms")
    ended = local_stack.wait_for_run("xcoms", run_id)

    states = {name: (task["state"], task["try_number"]) for name, task in ended.items()}
    succeed = dict.fromkeys(("small", "large", "each", "pulls"), ("success", 1)) | {"again": ("success", 2)}
    assert states == succeed | {"too_large": ("failed", 1)}
    objects = local_stack.state.objects.glob("*/xcom/dag_id=xcoms/*/*/*")
    assert Counter(path.parent.name for path in objects) == {"task_id=large": 2, "task_id=each": 3, "task_id=again": 1}
    log = "\n".join(local_stack.api.log_lines("xcoms", run_id, ended["too_large"]))
    assert "has 1,000,002 bytes as JSON, the maximum is 1,000,000: write the data to S3" in log
    assert "Returned value not shown: it has 1,000,000 characters" in log


def test_the_code_of_dags_finds_neither_a_secret_nor_a_way_into_the_database(local_stack: Stack) -> None:
    """Code of DAGs can read neither the stack's secrets nor a table of Airflow."""
    ran = local_stack.command("run", "owns_database")
    owner = Database.from_url((local_stack.folder / local_stack.ready["database_url_file"]).read_text().strip())
    worker = json.loads(json.loads(local_stack.state.keys.read_text())["database-worker"]["text"])
    role = dataclasses.replace(owner, user=worker["username"], password=worker["password"])

    assert ran.returncode == 1
    assert "found []" in ran.stdout
    assert "KeyError: 'DB_USER'" in ran.stdout
    assert query(owner, "SELECT description FROM dag WHERE dag_id = 'owns_database'") == [("found []",)]
    assert query(role, "SELECT count(*) FROM celery_taskmeta")[0][0] > 0
    for (table,) in query(owner, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        if not table.startswith(("celery_", "alembic_version")):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                query(role, f'SELECT 1 FROM "{table}" LIMIT 1')  # noqa: S608 PostgreSQL has named it
