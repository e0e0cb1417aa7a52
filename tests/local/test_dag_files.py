import io
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from airflow_on_fargate.local.airflow_api import AirflowApi
from airflow_on_fargate.local.dag_files import check_dag, wait_until_read
from airflow_on_fargate.local.state import State
from constructs_lib.shared.bad_input import BadInputError
from tests.local.airflow_answers import SESSIONS, WARNINGS, Answers, answering

LONG_AGO = 0.0
DAGS = "/api/v2/dags"


@pytest.fixture(name="answers")
def _answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    """Return what Airflow answers: there are DAGs, and files that are broken."""
    monkeypatch.setattr("airflow_on_fargate.local.dag_files.PAUSE_SEC", 0.01)
    with answering("unknown", tmp_path) as (answers, _):
        yield answers


@pytest.fixture(name="api")
def _api(answers: Answers, tmp_path: Path) -> AirflowApi:  # noqa: ARG001 it serves
    """Return the API, logged in."""
    return AirflowApi(State(tmp_path))


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """Return a folder with a file that has just been written."""
    folder = tmp_path / "dags"
    folder.mkdir()
    (folder / "samples.py").write_text("")
    return folder


def read_at(moment: str) -> tuple[int, object]:
    """Return an answer: `samples.py` was read at that time."""
    [recorded] = [body for _, path, _, body in SESSIONS["unknown"] if path == DAGS]
    return 200, {"dags": [{**each, "last_parsed_time": moment} for each in recorded["dags"]]}


@pytest.mark.parametrize(
    ("dag_id", "hint"),
    [("Test_Dog", "did you mean 'Test_Dag'?"), ("nope", "allowed are Test_Dag, breaks, sleeps, wide")],
)
def test_an_unknown_dag_is_refused(api: AirflowApi, dag_id: str, hint: str) -> None:
    """An unknown DAG is refused with the most similar id, and broken files are warnings."""
    printed = io.StringIO()

    with pytest.raises(BadInputError) as refused:
        check_dag(api, dag_id, Console(file=printed))

    assert str(refused.value) == (
        f"DAG {dag_id!r} is not in dags/, unless in dags/broken.py or dags/other.py, which cannot be imported; {hint}"
    )
    assert printed.getvalue() == WARNINGS


def test_no_file_is_blamed_if_all_can_be_read(answers: Answers, api: AirflowApi) -> None:
    """If all files can be imported, the sentence is only about the id."""
    answers.replace("GET", "/api/v2/importErrors", (200, {"import_errors": []}))

    with pytest.raises(BadInputError, match=r"^DAG 'Test_Dog' is not in dags/; did you mean 'Test_Dag'\?$"):
        check_dag(api, "Test_Dog", Console(file=io.StringIO()))


@pytest.mark.parametrize(
    ("trace", "sentence"),
    [
        (
            '  File "/opt/dags/my.py", line 2\n  File "/opt/dags/not_my.py", line 7\nOSError: gone\n',
            "my.py, line 2, cannot be imported: dags/not_my.py, line 7: OSError: gone",
        ),
        (
            '  File "/opt/dags/my.py", line 2\n  File "/x/site-packages/dags/a.py", line 7\nOSError: no\n  more\n',
            "my.py, line 2, cannot be imported: OSError: no",
        ),
        ("OSError: gone\n", "my.py cannot be imported: OSError: gone"),
        ("", "my.py cannot be imported: unknown error"),
        ("it died", "my.py cannot be imported: it died"),
    ],
)
def test_the_line_is_the_last_one_of_the_file(answers: Answers, api: AirflowApi, trace: str, sentence: str) -> None:
    """The sentence has the last line of the file itself, if the error has one, and that of a module which raised it."""
    error = {"filename": "my.py", "timestamp": "2999-01-01T00:00:00Z", "stack_trace": trace}
    answers.replace("GET", "/api/v2/importErrors", (200, {"import_errors": [error]}))
    printed = io.StringIO()

    check_dag(api, "Test_Dag", Console(file=printed))

    assert printed.getvalue() == f"warning: dags/{sentence}\n"


def test_a_file_that_was_just_written_is_waited_for(answers: Answers, api: AirflowApi, folder: Path) -> None:
    """A file that was just written is waited for until Airflow has read it."""
    answers.replace("GET", DAGS, (200, {"dags": []}), read_at("2001-01-01T00:00:00Z"), read_at("2999-01-01T00:00:00Z"))

    wait_until_read(api, folder, LONG_AGO)

    assert [path for _, path, _ in answers.asked].count(DAGS) == 3


def test_a_broken_file_is_not_waited_for(answers: Answers, api: AirflowApi, folder: Path) -> None:
    """A broken file is not waited for after Airflow has read it."""
    error = {"filename": "samples.py", "timestamp": "2999-01-01T00:00:00Z", "stack_trace": ""}
    answers.replace("GET", "/api/v2/importErrors", (200, {"import_errors": [error]}))

    wait_until_read(api, folder, LONG_AGO)

    assert [path for _, path, _ in answers.asked].count(DAGS) == 1


def test_a_file_that_airflow_does_not_read_is_not_waited_for_long(
    api: AirflowApi, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that Airflow does not read is waited for only a short time."""
    monkeypatch.setattr("airflow_on_fargate.local.dag_files.READ_SEC", 0.3)
    (folder / ".#helper.py").symlink_to("nowhere")
    began = time.monotonic()

    wait_until_read(api, folder, LONG_AGO)

    assert 0.1 < time.monotonic() - began < 3


def test_an_old_file_is_only_waited_for_after_a_start(
    answers: Answers, api: AirflowApi, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old file is waited for only after a start."""
    monkeypatch.setattr("airflow_on_fargate.local.dag_files.READ_SEC", 0.1)
    answers.replace("GET", DAGS, (200, {"dags": []}), (200, {"dags": []}), read_at("2999-01-01T00:00:00Z"))
    time.sleep(0.2)

    wait_until_read(api, folder, LONG_AGO)
    assert DAGS not in [path for _, path, _ in answers.asked]

    wait_until_read(api, folder, time.time() + 60)
    assert [path for _, path, _ in answers.asked].count(DAGS) == 3
