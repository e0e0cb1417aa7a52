"""The real work of a team, from Airflow's metadata database."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_on_fargate.simulator.task_instance import Work
from constructs_lib.settings.user_file import read_text
from constructs_lib.shared.bad_input import BadInputError, nearest, shown
from constructs_lib.shared.containers import DEFAULT_POOL

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

SQL = Path(__file__).with_name("history.sql")
"""The query whose result, as CSV with a heading, is a history."""
COLUMNS = ("dag_id", "queue", "pool", "pool_slots", "scheduled_dttm", "start_date", "end_date")
"""The columns that are read; the file may have others."""
LIMIT_BYTES = 1024**3
"""A million task instances have some 150 MB."""
Row = dict[str, str | None]


class _WrongValueError(Exception):
    def __init__(self, row: Row, column: str, allowed: str) -> None:
        super().__init__(f"column {column}: must be {allowed}, got {shown(row[column])}")


def read_history(file: Path, *, queue: str, queues: Collection[str]) -> list[Work]:
    """
    Return what the workers of *queue* ran; the first task instance is ready at second 0.

    Raises:
        BadInputError: the file cannot be read; a column is missing; a value is wrong, or a queue none of *queues*.

    """
    text = read_text(file, where=str(file), limit_bytes=LIMIT_BYTES)
    if text is None:
        msg = f"{file} is missing; it must be the result of {SQL.name} as CSV"
        raise BadInputError(msg)
    try:
        reader = csv.DictReader(StringIO(text, newline=""), strict=True)
        work = [work for of, work in _rows(reader, file, queues) if of == queue]
    except csv.Error as error:
        msg = f"{file}: cannot be read as CSV: {error}"
        raise BadInputError(msg) from None
    if not work:
        msg = f"{file}: must hold task instances of the queue {queue!r}, got none"
        raise BadInputError(msg)
    first = min(each.ready_sec for each in work)
    return [replace(each, ready_sec=each.ready_sec - first) for each in work]


def _rows(reader: csv.DictReader[str], file: Path, queues: Collection[str]) -> Iterator[tuple[str, Work]]:
    if missing := [column for column in COLUMNS if column not in (reader.fieldnames or ())]:
        msg = f"{file}, line 1: columns must be those of {SQL.name}, missing: {', '.join(missing)}"
        raise BadInputError(msg)
    for row in reader:
        try:
            yield _queue(row, queues), _work(row)
        except _WrongValueError as error:
            msg = f"{file}, line {reader.line_num}, {error}"
            raise BadInputError(msg) from None


def _queue(row: Row, queues: Collection[str]) -> str:
    queue = _text(row, "queue")
    if queue not in queues:
        allowed = f"the queue of one of the stage's worker pools ({nearest(queue, queues)})"
        raise _WrongValueError(row, "queue", allowed)
    return queue


def _work(row: Row) -> Work:
    ready, start, end = (_seconds(row, column) for column in ("scheduled_dttm", "start_date", "end_date"))
    if end < start:
        raise _WrongValueError(row, "end_date", f"at or after start_date, {row['start_date']}")
    pool = _text(row, "pool")
    return Work(
        ready_sec=ready,
        run_sec=end - start,
        dag_id=_text(row, "dag_id"),
        # The queue's own is what its tasks have whose DAG names none (`airflow_fargate.policy`).
        pool=DEFAULT_POOL if pool == row["queue"] else pool,
        pool_slots=_slots(row),
    )


def _text(row: Row, column: str) -> str:
    value = row[column]
    if not value:
        raise _WrongValueError(row, column, "there")
    return value


def _slots(row: Row) -> int:
    value = _text(row, "pool_slots")
    if not re.fullmatch(r"[1-9]\d{0,8}", value, re.ASCII):
        raise _WrongValueError(row, "pool_slots", "a whole number from 1 on")
    return int(value)


def _seconds(row: Row, column: str) -> float:
    try:
        moment = datetime.fromisoformat(_text(row, column))
        seconds = moment.timestamp() if moment.tzinfo else None
    except (ValueError, OverflowError):
        seconds = None
    if seconds is None:
        raise _WrongValueError(row, column, "a date and time with its zone such as 2026-03-01 02:00:00.5+00")
    return seconds
