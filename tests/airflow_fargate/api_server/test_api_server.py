"""Promises of what the api-server's main process does before it forks its workers."""

from pathlib import Path

from tests.airflow_fargate.container import last_json, run_with_airflow


def test_a_worker_begins_with_the_api_of_tasks_and_the_limit(tmp_path: Path) -> None:
    """Airflow would make that API, for seconds, when the first task asks each new worker."""
    script = """
        import json
        from airflow_fargate.api_server import __main__ as api_server
        from airflow.api_fastapi.execution_api.app import create_task_execution_api_app
        from fastapi import FastAPI
        app, tasks = FastAPI(), create_task_execution_api_app()
        app.mount("/execution", tasks)
        api_server._load = lambda self: app
        before = tasks._cadwyn_initialized
        loaded = api_server.load(None)
        limits = [each.cls.__name__ for each in loaded.user_middleware]
        print(json.dumps([loaded is app, before, tasks._cadwyn_initialized, limits]))
    """

    assert last_json(run_with_airflow(script, tmp_path)) == [True, False, True, ["RequestLimit"]]


def test_airflow_loads_its_application_by_the_method_that_is_replaced(tmp_path: Path) -> None:
    """Where a new Airflow names it otherwise, the api-server would have no limit without a word."""
    script = """
        import json, runpy, sys
        import airflow.__main__
        from airflow.api_fastapi import gunicorn_app
        from gunicorn.app.base import BaseApplication
        loads = "load" in vars(gunicorn_app.AirflowGunicornApp) and "load" in vars(BaseApplication)
        airflow.__main__.main = lambda: print(
            json.dumps([loads, gunicorn_app.AirflowGunicornApp.load.__module__, sys.argv])
        )
        sys.argv = ["api_server.py", "api-server"]
        runpy.run_module("airflow_fargate.api_server", run_name="__main__")
    """

    assert last_json(run_with_airflow(script, tmp_path)) == [True, "__main__", ["airflow", "api-server"]]
