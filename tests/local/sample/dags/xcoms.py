"""Values of each size: a small one, large ones, and one that is too large."""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import dag, get_current_context, task
from airflow_fargate import xcom

START = datetime(2025, 1, 1, tzinfo=UTC)
LARGE = {"rows": [(number, str(START)) for number in range(10_000)], "text": "ü" * 100_000}


@dag(dag_id="xcoms", schedule=None, start_date=START)
def xcoms() -> None:
    """Push and pull them."""

    @task
    def small() -> str:
        return "small"

    @task(multiple_outputs=False)
    def large() -> dict[str, Any]:
        get_current_context()["ti"].xcom_push("own", LARGE)
        return LARGE

    @task
    def each(number: int) -> str:
        return str(number) * 200_000

    @task
    def pulls(small: str, large: dict[str, Any], several: list[str]) -> None:
        # What comes of a template is shown in the UI, and shortened before it is sent.
        assert small == "small"
        assert large == get_current_context()["ti"].xcom_pull("large", key="own") == LARGE
        assert [value[0] for value in several] == ["1", "2", "3"]
        assert [len(value) for value in several[1:]] == [200_000] * 2

    @task(retries=1, retry_delay=timedelta(0))
    def again() -> None:
        instance = get_current_context()["ti"]
        instance.xcom_push("own", LARGE)
        assert instance.try_number > 1

    @task(retries=3)
    def too_large() -> str:
        xcom.MAXIMUM_BYTES = 1_000_000
        return "x" * 1_000_000

    references: list[Any] = [small(), large(), each.expand(number=[1, 2, 3])]  # which Airflow replaces by the values
    pulls(*references)
    again()
    too_large()


xcoms()
