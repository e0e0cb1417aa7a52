"""Airflow's REST API: of the local stack, as the user `admin`, or of a stage in AWS."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx

from airflow_on_fargate.advice import advised
from airflow_on_fargate.local.state import State, not_running, read_json
from constructs_lib.shared.bad_input import BadInputError

PAGE = 100
"""Airflow's default maximum of items in an answer ([api] maximum_page_limit)."""
CONNECT_SEC = 5
PATIENCE_SEC = 30
"""An api-server that crashed answers again within this time."""
PAUSE_SEC = 0.5


@dataclass(frozen=True, kw_only=True)
class Access:
    """
    The *url* of an Airflow, and a *token*, or *user* and *password*.

    *password_place* is where the password is, and *advice* what to do if Airflow does not answer. A *remote* one may be
    behind a proxy.
    """

    url: str
    token: str = ""
    user: str = ""
    password: str = ""
    password_place: str = ""
    advice: str
    remote: bool = True

    @classmethod
    def of_local_stack(cls, state: State) -> "Access":
        """
        Return the access to the stack that `make local` runs.

        Raises:
            BadInputError: the stack does not run.

        """
        ready = read_json(state.ready)
        if not ready or not state.admin_password.exists():
            raise not_running()
        return cls(
            url=ready["url"],
            user=ready["user"],
            password=state.admin_password.read_text(encoding="utf-8").strip(),
            password_place=f"{state.admin_password}; write it there if you changed it",
            advice=f"restart the stack with {advised('local down')} and {advised('local up')}",
            remote=False,
        )


class AirflowApi:
    """
    The API of *access*, by default of the local stack with this state.

    Raises:
        BadInputError: the stack does not run. Each method raises it too, if Airflow does not answer or refuses.

    """

    def __init__(self, access: State | Access) -> None:
        found = Access.of_local_stack(access) if isinstance(access, State) else access
        self.url, self._advice = found.url, found.advice
        timeout = httpx.Timeout(30, connect=CONNECT_SEC)
        self._http = httpx.Client(base_url=self.url, timeout=timeout, trust_env=found.remote)
        self._http.headers["Authorization"] = f"Bearer {found.token or self._token(found)}"

    def _token(self, access: Access) -> str:
        login = {"username": access.user, "password": access.password}
        answer = self._ask("POST", "/auth/token", json=login)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            msg = f"Airflow at {self.url} refuses the password in {access.password_place}"
            raise BadInputError(msg)
        token: str = _content(answer)["access_token"]
        return token

    def dag_ids(self) -> list[str]:
        """Return the ids of all DAGs."""
        return [each["dag_id"] for each in self._all("/api/v2/dags", "dags")]

    def dags_of(self, bundle: str, version: str | None = None) -> list[str]:
        """Return the ids of the DAGs of a *bundle* that are not stale, or only those last parsed in a *version*."""
        query = {"bundle_name": bundle, **({"bundle_version": version} if version else {})}
        return [each["dag_id"] for each in self._all("/api/v2/dags", "dags", **query)]

    def import_errors(self, **query: str) -> list[dict[str, Any]]:
        """Return the DAG files that cannot be imported, each with its stack trace, or those that fit *query*."""
        return self._all("/api/v2/importErrors", "import_errors", **query)

    def read_times(self) -> dict[str, float]:
        """Return when Airflow last parsed each DAG file, in seconds since 1970, by its path in `dags/`."""
        times = [(each["relative_fileloc"], each["last_parsed_time"]) for each in self._all("/api/v2/dags", "dags")]
        times += [(each["filename"], each["timestamp"]) for each in self.import_errors()]
        return dict(sorted((name, datetime.fromisoformat(each).timestamp()) for name, each in times))

    def unpause(self, dag_id: str) -> bool:
        """Unpause the DAG, and return whether it was paused."""
        path = f"/api/v2/dags/{quote(dag_id, safe='')}"
        if not self._get(path)["is_paused"]:
            return False
        _content(self._ask("PATCH", path, json={"is_paused": False}))
        return True

    def pause(self, dag_id: str) -> None:
        """Pause the DAG, so that Airflow starts no more of its runs and tasks."""
        _content(self._ask("PATCH", f"/api/v2/dags/{quote(dag_id, safe='')}", json={"is_paused": True}))

    def dates(self, dag_id: str) -> tuple[datetime | None, datetime | None]:
        """Return the DAG's `start_date` and `end_date`, each None if it has none."""
        found = self._get(f"/api/v2/dags/{quote(dag_id, safe='')}/details")
        start, end = (found[name] and datetime.fromisoformat(found[name]) for name in ("start_date", "end_date"))
        return start, end

    def trigger(self, dag_id: str, conf: Mapping[str, Any], logical_date: datetime | None = None) -> str:
        """
        Start a run with the *logical_date*, by default now, and return its id.

        A run without a logical date has no `{{ ds }}`. Airflow computes the data interval from it.

        Raises:
            BadInputError: the DAG's parameters refuse *conf*, its file is broken, or the date has a run already.

        """
        moment = (logical_date or datetime.now(UTC)).isoformat()
        answer = self._ask(
            "POST",
            f"/api/v2/dags/{quote(dag_id, safe='')}/dagRuns",
            # Escaped: half a surrogate pair is valid JSON, but not valid UTF-8.
            content=json.dumps({"logical_date": moment, "conf": conf}),
            headers={"Content-Type": "application/json"},
        )
        if answer.status_code == httpx.codes.BAD_REQUEST:
            msg = f"{dag_id} does not start with CONF {json.dumps(conf)}: {_reason(answer)}"
            raise BadInputError(msg)
        if answer.status_code == httpx.codes.CONFLICT:
            # The run's id contains the current time with microseconds, so only the logical date can be in use.
            msg = f"{dag_id} already has a run for the logical date {moment}: choose another LOGICAL_DATE"
            raise BadInputError(msg)
        run_id: str = _content(answer)["dag_run_id"]
        return run_id

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """Return a run."""
        found: dict[str, Any] = self._get(_run(dag_id, run_id))
        return found

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return the task instances of a run, including those of mapped tasks."""
        return self._all(f"{_run(dag_id, run_id)}/taskInstances", "task_instances")

    def log_lines(self, dag_id: str, run_id: str, instance: Mapping[str, Any]) -> list[str]:
        """Return the log of a task instance's last try, with the place where each exception was raised."""
        path = f"{_run(dag_id, run_id)}/taskInstances/{quote(instance['task_id'], safe='')}/logs"
        query = {"full_content": True, "map_index": instance["map_index"]}
        lines: list[str] = []
        for each in self._get(f"{path}/{instance['try_number']}", **query)["content"]:
            lines += each["event"].splitlines()
            for error in each.get("error_detail") or ():
                lines += [
                    f'File "{at["filename"]}", line {at["lineno"]}, in {at["name"]}' for at in error["frames"][-1:]
                ]
                lines += f"{error['exc_type']}: {error['exc_value']}".splitlines()
        # The UI folds what stands between ::group:: and ::endgroup::.
        return [line for line in lines if not line.startswith("::")]

    def _get(self, path: str, **query: Any) -> Any:  # noqa: ANN401 as JSON is
        return _content(self._ask("GET", path, params=query))

    def _all(self, path: str, key: str, **query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while page := self._get(path, limit=PAGE, offset=len(found), **query)[key]:
            found += page
            if len(page) < PAGE:
                break
        return found

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 httpx's own arguments
        end = time.monotonic() + PATIENCE_SEC
        while True:
            again = time.monotonic() < end
            try:
                answer = self._http.request(method, path, **more)
                if not (again and answer.is_server_error and method != "POST"):
                    return answer
            except httpx.TransportError as error:
                # A request that may have arrived, such as the start of a run, is not sent again.
                if not again or (method == "POST" and not isinstance(error, httpx.ConnectError)):
                    why = str(error) or type(error).__name__
                    msg = f"Airflow does not answer at {self.url}: {why}; {self._advice}"
                    raise BadInputError(msg) from error
            time.sleep(PAUSE_SEC)


def _run(dag_id: str, run_id: str) -> str:
    return f"/api/v2/dags/{quote(dag_id, safe='')}/dagRuns/{quote(run_id, safe='')}"


def _content(answer: httpx.Response) -> Any:  # noqa: ANN401 as JSON is
    if answer.is_error:
        asked = f"{answer.request.method} {answer.request.url.path}"
        msg = f"Airflow answers {answer.status_code} to {asked}: {_reason(answer)}"
        raise BadInputError(msg)
    return answer.json()


def _reason(answer: httpx.Response) -> str:
    try:
        reason = str(answer.json()["detail"])
    except (ValueError, LookupError, TypeError):
        reason = answer.text
    # The rest, if there is more, quotes the schema of a parameter.
    return reason.partition("\n")[0]
