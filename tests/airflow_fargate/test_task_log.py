"""Promises of the line in a task's log with the value that it has returned."""

from pathlib import Path

from tests.airflow_fargate.container import last_json, run_with_airflow

SCRIPT = """
    import io, json
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.sdk.log import configure_logging
    from airflow_fargate import task_log

    output = io.BytesIO()
    configure_logging(json_output=True, output=output, sending_to_supervisor=True)
    task_log.hide_long_values()
    for size in (10_000, 10_001):
        PythonOperator(task_id="it", python_callable=lambda: "x" * size).execute({})
    events = [json.loads(line)["event"] for line in output.getvalue().splitlines()]
    print(json.dumps([event for event in events if event.startswith("Done.")]))
"""


def test_a_value_that_is_too_long_to_read_is_not_in_the_log(tmp_path: Path) -> None:
    """A shorter one is, as Airflow writes it."""
    small, large = last_json(run_with_airflow(SCRIPT, tmp_path))

    assert small == f"Done. Returned value was: {'x' * 10_000}"
    assert large == "Done. Returned value not shown: it has 10,001 characters"
