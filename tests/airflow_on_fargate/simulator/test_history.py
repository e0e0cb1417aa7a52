"""Promises of what is read of a team's own history: bad rows are one sentence."""

from pathlib import Path

import pytest

from airflow_on_fargate.simulator.history import COLUMNS, read_history
from airflow_on_fargate.simulator.task_instance import Work
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.shared.containers import DEFAULT_POOL

GOOD = {
    "dag_id": "sales",
    "queue": "default",
    "pool": "default_pool",
    "pool_slots": "1",
    "scheduled_dttm": "2026-03-01 02:00:00+00",
    "start_date": "2026-03-01 02:00:01.5+00",
    "end_date": "2026-03-01 02:00:31.75+00",
}


def write(folder: Path, *rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> Path:
    """Write a history."""
    file = folder / "history.csv"
    lines = [",".join(columns), *(",".join(row.get(column, "x") for column in columns) for row in rows)]
    file.write_text("\n".join(lines) + "\n")
    return file


def read(file: Path) -> list[Work]:
    """Return what the queue `default` had, of a stage that has another one."""
    return read_history(file, queue="default", queues=("default", "spot"))


def test_times_become_seconds(tmp_path: Path) -> None:
    """Times are converted to seconds from the first ready task instance, and other columns and queues are ignored."""
    later = GOOD | {
        "scheduled_dttm": "2026-03-01T04:00:10+02:00",
        "start_date": "2026-03-01 02:00:12+00",
        "pool_slots": "2",
    }
    other = GOOD | {"scheduled_dttm": "2026-02-01 00:00:00+00", "queue": "spot"}
    file = write(tmp_path, later, other, GOOD, columns=("task_id", *COLUMNS))

    assert read(file) == [
        Work(ready_sec=10, run_sec=19.75, dag_id="sales", pool_slots=2),
        Work(ready_sec=0, run_sec=30.25, dag_id="sales"),
    ]


def test_the_pool_of_the_queue_is_where_its_tasks_are_that_name_none(tmp_path: Path) -> None:
    """Tasks without a pool of the team are in their queue's pool."""
    rows = [GOOD | {"queue": "spot", "pool": pool} for pool in ("spot", "theirs")]
    work = read_history(write(tmp_path, *rows), queue="spot", queues=("default", "spot"))

    assert [each.pool for each in work] == [DEFAULT_POOL, "theirs"]


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("dag_id", "", "must be there, got ''"),
        (
            "queue",
            "defualt",
            "must be the queue of one of the stage's worker pools (did you mean 'default'?), got 'defualt'",
        ),
        ("pool_slots", "0", "must be a whole number from 1 on, got '0'"),
        ("pool_slots", "1.5", "must be a whole number from 1 on, got '1.5'"),
        ("pool_slots", "9" * 5000, f"must be a whole number from 1 on, got '{'9' * 37}...{'9' * 38}'"),
        ("pool_slots", "²", "must be a whole number from 1 on, got '²'"),
        (
            "start_date",
            "yesterday",
            "must be a date and time with its zone such as 2026-03-01 02:00:00.5+00, got 'yesterday'",
        ),
        (
            "scheduled_dttm",
            "2026-03-01 02:00:00",
            "must be a date and time with its zone such as 2026-03-01 02:00:00.5+00, got '2026-03-01 02:00:00'",
        ),
        (
            "end_date",
            "2026-03-01 01:00:00+00",
            "must be at or after start_date, 2026-03-01 02:00:01.5+00, got '2026-03-01 01:00:00+00'",
        ),
    ],
)
def test_a_bad_row_is_refused_with_line_and_column(tmp_path: Path, column: str, value: str, problem: str) -> None:
    """A wrong value is refused with its line, its column and what is allowed."""
    file = write(tmp_path, GOOD, GOOD | {column: value})

    with pytest.raises(BadInputError) as error:
        read(file)
    assert str(error.value) == f"{file}, line 3, column {column}: {problem}"


def test_a_short_row_is_refused(tmp_path: Path) -> None:
    """A row with too few values is refused."""
    file = write(tmp_path, GOOD)
    file.write_text(file.read_text() + "sales,default\n")

    with pytest.raises(BadInputError, match="line 3, column scheduled_dttm: must be there, got None"):
        read(file)


def test_a_file_with_a_broken_quotation_is_refused(tmp_path: Path) -> None:
    """A file with an open quotation mark is refused."""
    file = write(tmp_path, GOOD | {"dag_id": '"sales" and more'})

    with pytest.raises(BadInputError) as error:
        read(file)
    assert str(error.value) == f"{file}: cannot be read as CSV: ',' expected after '\"'"


def test_a_missing_column_is_refused(tmp_path: Path) -> None:
    """All missing columns are named."""
    file = write(tmp_path, GOOD, columns=COLUMNS[2:])

    with pytest.raises(BadInputError) as error:
        read(file)
    assert str(error.value) == f"{file}, line 1: columns must be those of history.sql, missing: dag_id, queue"


def test_a_file_without_such_work_is_refused(tmp_path: Path) -> None:
    """A file without task instances of the queue is refused, and so is one that is empty, binary or missing."""
    with pytest.raises(BadInputError, match="must hold task instances of the queue 'default', got none"):
        read(write(tmp_path, GOOD | {"queue": "spot"}))
    file = tmp_path / "history.csv"
    file.write_text("")
    with pytest.raises(BadInputError, match="line 1: columns must be those"):
        read(file)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(BadInputError, match=r"must be UTF-8 text, and byte 0 is not$"):
        read(file)
    with pytest.raises(BadInputError, match=r"none.csv is missing; it must be the result of history.sql as CSV$"):
        read(tmp_path / "none.csv")
