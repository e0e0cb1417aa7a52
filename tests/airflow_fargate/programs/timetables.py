"""Timetables of Airflow itself."""

from datetime import UTC, datetime
from unittest.mock import patch

from airflow.models.dag import DagModel
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization


def next_times() -> dict[str, bool]:
    """Return whether Airflow keeps a next time for a daily DAG, and for one whose timetable raises."""
    return {"daily": _has_next_time(), "raising": _has_next_time(ValueError("no next time"))}


def _has_next_time(error: Exception | None = None) -> bool:
    dag = DAG("d", schedule="@daily", start_date=datetime(2026, 1, 1, tzinfo=UTC), catchup=False)
    serialized = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    model = DagModel(dag_id="d")  # type: ignore[no-untyped-call] # Airflow's own has no types
    model.next_dagrun = model.next_dagrun_create_after = dag.start_date
    timetable = type(serialized.timetable)
    with patch.object(
        timetable, "next_dagrun_info_v2", side_effect=error, wraps=serialized.timetable.next_dagrun_info_v2
    ):
        model.calculate_dagrun_date_fields(serialized, reference_run=None)
    return model.next_dagrun is not None or model.next_dagrun_create_after is not None
