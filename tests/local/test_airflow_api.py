import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from airflow_on_fargate.local.airflow_api import AirflowApi
from airflow_on_fargate.local.ports import free_port
from airflow_on_fargate.local.state import State
from constructs_lib.shared.bad_input import BadInputError
from tests.local.airflow_answers import HANG_UP, SESSIONS, Answers, answering, ready

RUN_ID = "manual__2026-11-24T06:52:29.561577+00:00"
RUN = "/api/v2/dags/breaks/dagRuns/manual__2026-11-24T06%3A52%3A29.561577%2B00%3A00"
TRIGGER = "/api/v2/dags/Test_Dag/dagRuns"


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once."""
    monkeypatch.setattr("airflow_on_fargate.local.airflow_api.PAUSE_SEC", 0)


@pytest.fixture(name="answers")
def _answers(tmp_path: Path) -> Iterator[Answers]:
    """Return what Airflow answers: that a DAG fails."""
    with answering("failed", tmp_path) as (answers, _):
        yield answers


@pytest.fixture(name="api")
def _api(answers: Answers, tmp_path: Path) -> AirflowApi:  # noqa: ARG001 it serves
    """Return the API, logged in."""
    return AirflowApi(State(tmp_path))


def test_nothing_runs(tmp_path: Path) -> None:
    """If the stack does not run, the sentence says what starts it."""
    with pytest.raises(
        BadInputError,
        match=r"^the stack does not run: start it with airflow-fargate local up, and wait until it is ready$",
    ):
        AirflowApi(State(tmp_path))


def test_nothing_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If Airflow does not answer in time, the sentence says what to do."""
    monkeypatch.setattr("airflow_on_fargate.local.airflow_api.PATIENCE_SEC", 0)
    url = f"http://127.0.0.1:{free_port()}"

    with pytest.raises(BadInputError) as refused:
        AirflowApi(ready(tmp_path, url))

    assert str(refused.value) == (
        f"Airflow does not answer at {url}: [Errno 111] Connection refused;"
        " restart the stack with airflow-fargate local down and airflow-fargate local up"
    )


def test_another_password_is_refused(tmp_path: Path) -> None:
    """A refused password is reported with its file."""
    with answering("wrong_password", tmp_path) as (answers, state), pytest.raises(BadInputError) as refused:
        AirflowApi(state)

    assert str(refused.value) == (
        f"Airflow at {answers.url} refuses the password in {tmp_path}/admin_password; write it there if you changed it"
    )


def test_the_password_is_sent_as_it_is_kept(answers: Answers, api: AirflowApi) -> None:
    """The password is sent without the line's end, and later requests have a token."""
    assert api.url == answers.url
    assert answers.bodies("POST", "/auth/token") == [{"username": "admin", "password": "secret"}]


@pytest.mark.parametrize("fault", [(500, "Internal Server Error"), (HANG_UP, None)])
def test_what_only_asks_is_asked_again(answers: Answers, api: AirflowApi, fault: tuple[int, object]) -> None:
    """A request that only reads is retried while the api-server restarts."""
    answers.replace("GET", RUN, fault, fault, (200, {"state": "running"}))

    assert api.run("breaks", RUN_ID)["state"] == "running"


@pytest.mark.parametrize("fault", [(500, "Internal Server Error"), (HANG_UP, None)])
def test_a_run_is_not_started_twice(answers: Answers, api: AirflowApi, fault: tuple[int, object]) -> None:
    """A request that starts a run is not sent again."""
    answers.replace("POST", TRIGGER, fault, (200, {"dag_run_id": "second"}))

    with pytest.raises(BadInputError, match=r"^Airflow (answers 500 to POST /api|does not answer at http)"):
        api.trigger("Test_Dag", {})

    assert len(answers.bodies("POST", TRIGGER)) == 1


def test_all_pages_are_read(answers: Answers, api: AirflowApi) -> None:
    """More task instances than Airflow returns at a time are read."""
    [*_, (_, _, _, body), _] = SESSIONS["failed"]
    instances = [{**body["task_instances"][0], "map_index": index} for index in range(231)]

    def page(query: dict[str, list[str]]) -> object:
        offset, limit = (int(query.get(name, ["0"])[0]) for name in ("offset", "limit"))
        return {"task_instances": instances[offset : offset + min(limit, 100)]}

    answers.replace("GET", f"{RUN}/taskInstances", (200, page))

    assert api.task_instances("breaks", RUN_ID) == instances


def test_refused_parameters_get_one_sentence(tmp_path: Path) -> None:
    """Refused parameters are one sentence with Airflow's reason, without the schema."""
    with answering("refused", tmp_path) as (_, state), pytest.raises(BadInputError) as refused:
        AirflowApi(state).trigger("Test_Dag", {"upper_bound": "many"})

    assert str(refused.value) == (
        'Test_Dag does not start with CONF {"upper_bound": "many"}: '
        "Invalid input for param upper_bound: 'many' is not of type 'integer'"
    )


def test_a_run_starts_now_with_its_parameters(tmp_path: Path) -> None:
    """A run starts with unchanged parameters and the present moment as its logical date."""
    conf = {"upper_bound": 3, "word": "ä\ud800"}
    before = datetime.now(UTC)
    with answering("success", tmp_path) as (answers, state):
        run_id = AirflowApi(state).trigger("Test_Dag", conf)

    assert run_id == "manual__2026-11-24T06:52:20.625379+00:00"
    [sent] = answers.bodies("POST", TRIGGER)
    assert sent["conf"] == conf
    assert before <= datetime.fromisoformat(sent["logical_date"]) <= datetime.now(UTC)


def test_a_logical_date_that_has_a_run_is_refused(tmp_path: Path) -> None:
    """A logical date that already has a run is refused."""
    detail = {"reason": "Unique constraint violation", "statement": "hidden", "message": "Serious error"}
    with answering("success", tmp_path) as (answers, state):
        answers.replace("POST", TRIGGER, (409, {"detail": detail}))
        api = AirflowApi(state)
        with pytest.raises(BadInputError) as refused:
            api.trigger("Test_Dag", {}, datetime(2026, 11, 1, tzinfo=UTC))

    assert str(refused.value) == (
        "Test_Dag already has a run for the logical date 2026-11-01T00:00:00+00:00: choose another LOGICAL_DATE"
    )


def test_any_other_refusal_is_a_sentence(answers: Answers, api: AirflowApi) -> None:
    """Any other refusal is a sentence with the request and Airflow's reason."""
    answers.replace("GET", RUN, (404, {"detail": "The DagRun was not found"}))

    with pytest.raises(BadInputError) as refused:
        api.run("breaks", RUN_ID)

    assert str(refused.value) == (
        f"Airflow answers 404 to GET /api/v2/dags/breaks/dagRuns/{RUN_ID}: The DagRun was not found"
    )


def test_only_a_paused_dag_is_changed(tmp_path: Path) -> None:
    """A paused DAG is unpaused, and the result says whether it was paused."""
    path = "/api/v2/dags/Test_Dag"
    with answering("success", tmp_path) as (answers, state):
        api = AirflowApi(state)
        paused = api.unpause("Test_Dag")
        answers.replace("GET", path, (200, {"is_paused": False}))
        again = api.unpause("Test_Dag")

    assert (paused, again) == (True, False)
    assert answers.bodies("PATCH", path) == [{"is_paused": False}]


def test_a_file_is_read_when_it_is_found_broken(answers: Answers, api: AirflowApi) -> None:
    """A file's read time is the later one of its DAGs and its import error."""
    answers.replace(
        "GET", "/api/v2/dags", (200, {"dags": [_dag("other.py", "06:52:18Z"), _dag("good.py", "06:52:19.5Z")]})
    )
    answers.replace("GET", "/api/v2/importErrors", (200, {"import_errors": [_error("other.py", "06:52:20.25Z")]}))

    assert api.read_times() == {"other.py": 1795503140.25, "good.py": 1795503139.5}


def _dag(file: str, time: str) -> dict[str, str]:
    return {"dag_id": "any", "relative_fileloc": file, "last_parsed_time": f"2026-11-24T{time}"}


def _error(file: str, time: str) -> dict[str, str]:
    return {"filename": file, "timestamp": f"2026-11-24T{time}", "stack_trace": ""}


def test_a_log_says_where_an_exception_was_raised(api: AirflowApi) -> None:
    """The log has the place of each exception, without the UI's markers."""
    lines = api.log_lines("breaks", RUN_ID, {"task_id": "divide", "map_index": -1, "try_number": 2})

    at = lines.index("Task failed with exception")
    assert lines[at + 1 : at + 3] == [
        'File "/opt/airflow/dags/samples.py", line 28, in divide',
        "KeyError: '[missing]'",
    ]
    assert "about to divide" in lines
    assert "::" not in json.dumps(lines)
