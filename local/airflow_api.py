"""Airflow's REST API on this machine, as the admin."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from constructs_lib.bad_input import BadInputError
from local.state import State, read_json

PAGE = 1000


class AirflowApi:
    """
    The API of the stack that `make local` runs.

    Raises:
        BadInputError: it does not run, or does not answer.

    """

    def __init__(self, state: State) -> None:
        ready = read_json(state.ready)
        if not ready:
            msg = "nothing runs here; start it with make local, and wait until it is ready"
            raise BadInputError(msg)
        self.url: str = ready["url"]
        password = Path(state.admin_password).read_text(encoding="utf-8").strip()
        self._http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)
        login = {"username": ready["user"], "password": password}
        given = self._ask("POST", "/auth/token", json=login)
        if given.is_error:
            msg = f"Airflow at {self.url} refuses the password in {state.admin_password}: was it changed in the UI?"
            raise BadInputError(msg)
        self._http.headers["Authorization"] = f"Bearer {given.json()['access_token']}"

    def dag_ids(self) -> list[str]:
        """Return the ids of all DAGs."""
        return [each["dag_id"] for each in self._get("/api/v2/dags", limit=PAGE)["dags"]]

    def import_errors(self) -> list[Mapping[str, Any]]:
        """Return the files that hold no DAG because they are broken, each with the stack trace."""
        found: list[Mapping[str, Any]] = self._get("/api/v2/importErrors", limit=PAGE)["import_errors"]
        return found

    def unpause(self, dag_id: str) -> bool:
        """Let the DAG run, and return whether it was paused."""
        path = f"/api/v2/dags/{quote(dag_id, safe='')}"
        if not self._get(path)["is_paused"]:
            return False
        self._ask("PATCH", path, json={"is_paused": False}).raise_for_status()
        return True

    def trigger(self, dag_id: str, conf: Mapping[str, Any]) -> str:
        """
        Start a run and return its id.

        Raises:
            BadInputError: the DAG's parameters refuse *conf*.

        """
        given = {"logical_date": None, "conf": conf}
        answer = self._ask("POST", f"/api/v2/dags/{quote(dag_id, safe='')}/dagRuns", json=given)
        if answer.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY):
            # The rest of the text quotes the schema.
            reason = str(answer.json()["detail"]).splitlines()[0]
            msg = f"CONF is refused by {dag_id}: {reason}"
            raise BadInputError(msg)
        run_id: str = answer.raise_for_status().json()["dag_run_id"]
        return run_id

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """Return a run."""
        found: dict[str, Any] = self._get(_run(dag_id, run_id))
        return found

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return the task instances of a run, those of mapped tasks, too."""
        found: list[dict[str, Any]] = self._get(f"{_run(dag_id, run_id)}/taskInstances", limit=PAGE)["task_instances"]
        return found

    def log_lines(self, dag_id: str, run_id: str, instance: Mapping[str, Any]) -> list[str]:
        """Return the log of a task instance's last try."""
        path = f"{_run(dag_id, run_id)}/taskInstances/{quote(instance['task_id'], safe='')}/logs"
        content = self._get(f"{path}/{instance['try_number']}", full_content=True, map_index=instance["map_index"])[
            "content"
        ]
        lines: list[str] = []
        for each in content:
            details = each.get("error_detail") or [] if isinstance(each, dict) else []
            text = each.get("event", "") if isinstance(each, dict) else str(each)
            lines += text.splitlines()
            lines += [line for error in details for line in str(error.get("exc_value", "")).splitlines()]
        return lines

    def _get(self, path: str, **query: Any) -> Any:  # noqa: ANN401 as JSON is
        return self._ask("GET", path, params=query).raise_for_status().json()

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 httpx's own arguments
        for pause in (1, 2, None):
            try:
                return self._http.request(method, path, **more)
            except httpx.TransportError as error:
                # It may be starting again after a crash; a run that was triggered is not triggered twice.
                if pause is None or (method == "POST" and not isinstance(error, httpx.ConnectError)):
                    msg = (
                        f"Airflow does not answer at {self.url}: {error}; make local-down, then make local, starts anew"
                    )
                    raise BadInputError(msg) from error
                time.sleep(pause)
        raise AssertionError


def _run(dag_id: str, run_id: str) -> str:
    return f"/api/v2/dags/{quote(dag_id, safe='')}/dagRuns/{quote(run_id, safe='')}"
