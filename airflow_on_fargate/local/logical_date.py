"""The logical date of a run, from which Airflow computes `{{ ds }}`."""

from datetime import UTC, datetime

from airflow_on_fargate.local.airflow_api import AirflowApi
from constructs_lib.shared.bad_input import BadInputError, shown


def logical_date(text: str | None) -> datetime:
    """
    Return *text*, a date in ISO 8601, as a moment; the default zone is UTC, and the default date is now.

    Raises:
        BadInputError: it is not a date, or it is in the future, where Airflow runs no tasks.

    """
    now = datetime.now(UTC)
    if not text:
        return now
    try:
        moment = datetime.fromisoformat(text)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        msg = f"LOGICAL_DATE must be a date such as 2026-11-01 or 2026-11-01T06:30+01:00, got {shown(text)}"
        raise BadInputError(msg) from None
    if moment > now:
        msg = f"LOGICAL_DATE must not be in the future, because Airflow would run no task, got {shown(text)}"
        raise BadInputError(msg)
    return moment


def check_logical_date(api: AirflowApi, dag_id: str, moment: datetime) -> None:
    """
    Refuse a *moment* for which Airflow would create a run without tasks.

    Raises:
        BadInputError: it is before the DAG's `start_date` or after its `end_date`.

    """
    start, end = api.dates(dag_id)
    wrong = None
    if start and moment < start:
        wrong = f"before its start_date, {_shown(start)}"
    elif end and moment > end:
        wrong = f"after its end_date, {_shown(end)}"
    if wrong:
        msg = f"{dag_id} has no task for the logical date {_shown(moment)}: it is {wrong}; choose another LOGICAL_DATE"
        raise BadInputError(msg)


def _shown(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
