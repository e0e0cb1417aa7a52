import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_on_fargate.local.dag_run import run_dag
from airflow_on_fargate.local.restart import note_start
from airflow_on_fargate.local.state import State
from constructs_lib.shared.bad_input import BadInputError, shown
from tests.clone import PROJECT
from tests.local.airflow_answers import SESSIONS, WARNINGS, Answers, answering
from tests.local.test_restart import CHANGED
from tests.programs import code


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a project with no DAG file; nothing pauses."""
    monkeypatch.setattr("airflow_on_fargate.local.dag_run.PAUSE_SEC", 0.01)
    monkeypatch.setattr("airflow_on_fargate.local.dag_files.PAUSE_SEC", 0.01)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    for folder in ("dags", ".local"):
        (tmp_path / folder).mkdir()


@pytest.fixture(name="succeeds")
def _succeeds(tmp_path: Path) -> Iterator[tuple[Answers, State]]:
    """Return an Airflow in which Test_Dag is paused, and ends well."""
    with answering("success", tmp_path / ".local") as served:
        yield served


@pytest.fixture(name="fails")
def _fails(tmp_path: Path) -> Iterator[tuple[Answers, State]]:
    """Return an Airflow in which `breaks` fails at its second try."""
    with answering("failed", tmp_path / ".local") as served:
        yield served


def states(output: str) -> list[str]:
    """Return the lines about a task, without the time at their beginning."""
    return [line.partition(" s  ")[2] for line in output.splitlines() if line[:6].strip().replace(".", "").isdigit()]


def test_a_run_with_a_bundle_waits_for_no_edited_file(
    succeeds: tuple[Answers, State], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a DAG bundle, a run does not wait for edited files, and a warning names the push that is missing."""
    _, state = succeeds
    state.dag_bundle.write_text("{}")
    monkeypatch.setattr("airflow_on_fargate.local.dag_run.wait_until_read", None)
    monkeypatch.setattr("airflow_on_fargate.local.dag_run.push_hint", lambda *_: "push [them]")

    assert run_dag(state, "Test_Dag", None)

    assert "warning: push [them]\n" in capsys.readouterr().out


def test_each_state_of_a_task_is_a_line(succeeds: tuple[Answers, State], capsys: pytest.CaptureFixture[str]) -> None:
    """Each new state of a task is one line, and a table of all tasks follows."""
    answers, state = succeeds

    assert run_dag(state, "Test_Dag", '{"upper_bound": 3}')

    output = capsys.readouterr().out
    assert output.startswith(
        f"{WARNINGS}Test_Dag was paused and is now unpaused\n"
        f"Test_Dag runs: {answers.url}/dags/Test_Dag/runs/manual__2026-11-24T06%3A52%3A20.625379%2B00%3A00\n"
    )
    seen = states(output)
    assert len(seen) == len(set(seen))
    assert {"start: success", "square[0]: queued", "square[2]: success in 0.7 s", "total: success in 0.3 s"} <= set(
        seen
    )
    *_, header, start, _, _, _, _, total, last = output.splitlines()
    assert header.split() == ["task", "state", "tries", "seconds"]
    assert start.split() == ["start", "success", "1", "0.0"]
    assert total.split()[:3] == ["total", "success", "1"]
    assert last == "Test_Dag: success"


def test_a_failed_task_shows_its_tries_and_the_end_of_its_log(
    fails: tuple[Answers, State], capsys: pytest.CaptureFixture[str]
) -> None:
    """A failed task shows its tries and the end of its log, and the run counts as failed."""
    assert not run_dag(fails[1], "breaks", None)

    output = capsys.readouterr().out
    assert "divide: running, try 2" in states(output)
    assert states(output)[-1].startswith("divide: failed in ")
    _, _, log = output.partition("Last lines of the log of divide:\n")
    assert log.endswith(
        "  File \"/opt/airflow/dags/samples.py\", line 28, in divide\n  KeyError: '[missing]'\nbreaks: failed\n"
    )
    assert "was paused" not in output


def test_the_logs_of_many_failures_are_few(fails: tuple[Answers, State], capsys: pytest.CaptureFixture[str]) -> None:
    """Of many failed tasks three logs are shown, also if one cannot be read."""
    answers, state = fails
    run = SESSIONS["failed"][-1][1].partition("/taskInstances")[0]
    name = "x" * 120
    [failed] = [each for each in SESSIONS["failed"][-2][3]["task_instances"] if each["task_id"] == "divide"]
    instances = [{**failed, "task_id": name, "map_index": index} for index in range(5)]
    waits = {**failed, "task_id": "waits", "state": None, "start_date": None, "end_date": None, "duration": None}
    answers.replace("GET", f"{run}/taskInstances", (200, {"task_instances": [*instances, waits]}))
    log = f"{run}/taskInstances/{name}/logs/2"
    answers.replace(
        "GET", log, (404, {"detail": "TaskInstance not found"}), (200, {"content": [{"event": "[/i] gone"}]})
    )

    assert not run_dag(state, "breaks", None)

    output = capsys.readouterr().out
    assert f" {name}[4]  failed       2 " in output
    assert f" {'waits':120}     not started  2 " in output
    assert f"log of {name}[0]:\n  Airflow answers 404 to GET " in output
    assert f"log of {name}[2]:\n  [/i] gone\n2 more tasks failed; their logs are in the UI\n" in output


def test_in_a_terminal_what_runs_is_shown_with_its_seconds(
    fails: tuple[Answers, State], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal the running tasks are shown with their seconds."""
    monkeypatch.setenv("FORCE_COLOR", "1")

    run_dag(fails[1], "breaks", None)

    output = capsys.readouterr().out
    began, _, ended = output.partition("up_for_retry")
    assert " divide  \x1b[36mrunning\x1b[0m  1      " in began
    assert "\x1b[2K" in ended


def test_a_dag_that_is_new_is_waited_for(succeeds: tuple[Answers, State], tmp_path: Path) -> None:
    """A DAG whose file was just written is waited for."""
    answers, state = succeeds
    (tmp_path / "dags/samples.py").write_text("")
    [known] = [body for _, path, _, body in SESSIONS["success"] if path == "/api/v2/dags"]
    read = {"dags": [{**each, "last_parsed_time": "2999-01-01T00:00:00Z"} for each in known["dags"]]}
    answers.replace("GET", "/api/v2/dags", (200, {"dags": []}), (200, read))

    assert run_dag(state, "Test_Dag", None)


NUMBER = "has NaN, Infinity or a number with too many digits, which JSON does not have"


@pytest.mark.parametrize(
    ("conf", "fault"),
    [
        ('{"upper_bound": 20', "is not valid JSON, character 19: Expecting ',' delimiter; it "),
        ("[20]", ""),
        ('{"upper_bound": NaN}', f"{NUMBER}; it "),
        (f'{{"upper_bound": {"9" * 5000}}}', f"{NUMBER}; it "),
        ('{"a": ' * 5000, "is nested too deep; it "),
        ("'\x1b[2J", "is not valid JSON, character 1: Expecting value; it "),
        ('{"upper_bound": [1e999]}', f"{NUMBER}; it "),
    ],
)
def test_conf_must_be_a_json_object(tmp_path: Path, conf: str, fault: str) -> None:
    """A wrong CONF is refused with its fault and an example, before Airflow is called."""
    with pytest.raises(BadInputError) as refused:
        run_dag(State(tmp_path), "Test_Dag", conf)

    assert str(refused.value) == (
        f"CONF {fault}must be a JSON object, for example CONF='{{\"upper_bound\": 20}}', got {shown(conf)}"
    )


def test_a_refused_run_changes_nothing(tmp_path: Path) -> None:
    """A refused run leaves a paused DAG paused."""
    with (
        answering("refused", tmp_path / ".local") as (answers, state),
        pytest.raises(BadInputError, match=r"^Test_Dag does not start with CONF "),
    ):
        run_dag(state, "Test_Dag", '{"upper_bound": "many"}')

    assert [path for method, path, _ in answers.asked if method == "PATCH"] == []


@pytest.mark.parametrize(
    ("date", "dates", "sentence"),
    [
        ("2026-11-01", {"start_date": "2026-11-02T00:00:00Z", "end_date": None}, "before its start_date, 2026-11-02T"),
        ("2026-11-01", {"start_date": None, "end_date": "2026-10-02T00:00:00Z"}, "after its end_date, 2026-10-02T"),
    ],
)
def test_a_date_for_which_airflow_runs_no_task_is_refused(
    succeeds: tuple[Answers, State], date: str, dates: dict[str, str | None], sentence: str
) -> None:
    """A date without tasks is refused, and no run is created."""
    answers, state = succeeds
    answers.replace("GET", "/api/v2/dags/Test_Dag/details", (200, dates))

    with pytest.raises(BadInputError) as refused:
        run_dag(state, "Test_Dag", None, date)

    assert str(refused.value) == (
        f"Test_Dag has no task for the logical date 2026-11-01T00:00:00+00:00: it is {sentence}00:00:00+00:00;"
        " choose another LOGICAL_DATE"
    )
    assert answers.bodies("POST", "/api/v2/dags/Test_Dag/dagRuns") == []


def test_the_logical_date_is_sent(succeeds: tuple[Answers, State]) -> None:
    """The logical date is sent in UTC."""
    answers, state = succeeds

    assert run_dag(state, "Test_Dag", None, "2026-11-01T06:30+01:00")

    [sent] = answers.bodies("POST", "/api/v2/dags/Test_Dag/dagRuns")
    assert sent["logical_date"] == "2026-11-01T05:30:00+00:00"


@pytest.mark.programs
def test_ctrl_c_ends_watching_and_not_the_run(fails: tuple[Answers, State]) -> None:
    """Ctrl-C ends the watch with 130 and the URL, and the run continues."""
    answers, state = fails
    run = SESSIONS["failed"][-1][1].partition("/taskInstances")[0]
    answers.replace("GET", run, (200, {"state": "running"}))
    process = subprocess.Popen(
        [sys.executable, "-c", code("run_dag"), state.folder],
        cwd=PROJECT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "divide: " in line:
            break

    process.send_signal(signal.SIGINT)

    output, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (130, "")
    url = run.replace("/api/v2/dags", f"{answers.url}/dags").replace("dagRuns", "runs")
    assert output.splitlines()[-1] == f"stopped watching; the run continues: {url}"


def test_a_file_that_needs_a_restart_is_a_warning(
    succeeds: tuple[Answers, State],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The run does not have the new version."""
    _, state = succeeds
    note_start(state, tmp_path, containers=False)
    (tmp_path / "stages.py").write_text("changed")

    assert run_dag(state, "Test_Dag", None)

    warning = f"warning: stages.py {CHANGED}\n"
    assert warning in capsys.readouterr().out
