"""What the image changes in logs and log servers."""

import io
import json
from unittest.mock import patch

from airflow_fargate import task_log
from airflow_fargate.log_server import listen_on_one_address


def returned_values(sizes: list[int]) -> list[str]:
    """Return the lines of Airflow's PythonOperator about values of these sizes."""
    from airflow.providers.standard.operators.python import PythonOperator  # noqa: PLC0415 slow
    from airflow.sdk.log import configure_logging  # noqa: PLC0415 as above

    output = io.BytesIO()
    configure_logging(json_output=True, output=output, sending_to_supervisor=True)
    task_log.hide_long_values()
    for size in sizes:
        PythonOperator(task_id="it", python_callable="x".__mul__, op_args=[size]).execute({})
    events = [json.loads(line)["event"] for line in output.getvalue().splitlines()]
    return [event for event in events if event.startswith("Done.")]


def listens() -> list[object]:
    """Return the application, the host and the port of Airflow's log server, and where others ask for it."""
    with patch("uvicorn.run") as run:
        listen_on_one_address()
        from airflow.utils.net import get_hostname  # noqa: PLC0415 after the change
        from airflow.utils.serve_logs import serve_logs  # noqa: PLC0415 as above

        serve_logs(port=8793)  # type: ignore[no-untyped-call] # Airflow's own has no types
    [call] = run.call_args_list
    asked = get_hostname()  # type: ignore[no-untyped-call] # as above
    return [call.args[0], call.kwargs["host"], call.kwargs["port"], asked]
