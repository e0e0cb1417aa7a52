"""The main process of the api-server."""

import runpy
import sys
from unittest.mock import patch

import psutil
from airflow import settings
from airflow.api_fastapi import gunicorn_app
from airflow.api_fastapi.execution_api.app import create_task_execution_api_app
from fastapi import FastAPI
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped] # it has no types
from sqlalchemy import text

COMPLETE = "_cadwyn_initialized"
"""Cadwyn's own mark of an application that has been asked once; it has no public one."""


def loaded() -> dict[str, object]:
    """Return what becomes of an application that the main process loads, and of its connection to the database."""
    app, tasks = FastAPI(), create_task_execution_api_app()
    app.mount("/execution", tasks)
    with settings.get_engine().connect() as connection:  # type: ignore[no-untyped-call] # Airflow's own has no types
        connection.execute(text("PRAGMA user_version"))
    before = vars(tasks)[COMPLETE], _is_connected()
    with patch.object(gunicorn_app.AirflowGunicornApp, "load", lambda _: app):
        from airflow_fargate.api_server import __main__ as api_server  # noqa: PLC0415 it keeps what loads

        found = api_server.load(gunicorn_app.AirflowGunicornApp())
    return {
        "it is the application": found is app,
        "the API of tasks is complete": [before[0], vars(tasks)[COMPLETE]],
        "the database is connected": [before[1], _is_connected()],
        "limits": [getattr(each.cls, "__name__", "") for each in found.user_middleware],
    }


def _is_connected() -> bool:
    """Return whether this process has a connection to its database, which is a file."""
    return any(each.path.endswith("airflow.db") for each in psutil.Process().open_files())


def replaced() -> list[object]:
    """Return whether Airflow loads by the method that is replaced, whose it is then, and Airflow's arguments."""
    loads = "load" in vars(gunicorn_app.AirflowGunicornApp) and "load" in vars(BaseApplication)
    with patch("airflow.__main__.main"), patch.object(sys, "argv", ["api_server.py", "api-server"]):
        runpy.run_module("airflow_fargate.api_server", run_name="__main__")
        return [loads, gunicorn_app.AirflowGunicornApp.load.__module__, sys.argv]
