"""The main process of the api-server."""

import runpy
import sys
from unittest.mock import patch

from airflow.api_fastapi import gunicorn_app
from airflow.api_fastapi.execution_api.app import create_task_execution_api_app
from fastapi import FastAPI
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped] # it has no types

COMPLETE = "_cadwyn_initialized"
"""Cadwyn's own mark of an application that has been asked once; it has no public one."""


def loaded() -> list[object]:
    """Return whether it is the application, whether the API of tasks is complete before and after, and the limits."""
    app, tasks = FastAPI(), create_task_execution_api_app()
    app.mount("/execution", tasks)
    before = vars(tasks)[COMPLETE]
    with patch.object(gunicorn_app.AirflowGunicornApp, "load", lambda _: app):
        from airflow_fargate.api_server import __main__ as api_server  # noqa: PLC0415 it keeps what loads

        found = api_server.load(gunicorn_app.AirflowGunicornApp.__new__(gunicorn_app.AirflowGunicornApp))
    limits = [getattr(each.cls, "__name__", "") for each in found.user_middleware]
    return [found is app, before, vars(tasks)[COMPLETE], limits]


def replaced() -> list[object]:
    """Return whether Airflow loads by the method that is replaced, whose it is then, and Airflow's arguments."""
    loads = "load" in vars(gunicorn_app.AirflowGunicornApp) and "load" in vars(BaseApplication)
    with patch("airflow.__main__.main"), patch.object(sys, "argv", ["api_server.py", "api-server"]):
        runpy.run_module("airflow_fargate.api_server", run_name="__main__")
        return [loads, gunicorn_app.AirflowGunicornApp.load.__module__, sys.argv]
