"""Clients that send requests to the api-server at the same time, as open pages of the UI do."""

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import httpx

PATHS = (
    "/api/v2/dags?limit=100",
    "/ui/dags?dag_runs_limit=14&limit=50",
    "/api/v2/importErrors",
    "/ui/dashboard/dag_stats",
    "/api/v2/dags/~/dagRuns?limit=100",
    "/ui/dashboard/historical_metrics_data?start_date=2025-01-01T00:00:00Z",
    "/api/v2/dags/~/dagRuns/~/taskInstances?limit=100",
    "/api/v2/assets",
)
"""The requests of the start page, the list of DAGs and the grid."""
TIMEOUT_SEC = 30


@dataclass(frozen=True)
class Answer:
    """A request's time and duration in seconds, and its result: a status or an error's name."""

    began: float
    seconds: float
    code: str


@dataclass(frozen=True)
class Answers:
    """All answers to the clients between `began` and `ended`."""

    began: float
    ended: float
    answers: Sequence[Answer]

    def percentile(self, part: float) -> float:
        """Return the seconds within which this part of the requests was answered."""
        ordered = sorted(each.seconds for each in self.answers)
        return ordered[min(int(len(ordered) * part), len(ordered) - 1)]

    @property
    def slowest(self) -> float:
        """Return the seconds of the slowest answer."""
        return max(each.seconds for each in self.answers)

    @property
    def longest_silence(self) -> float:
        """Return the longest time in which no client got an answer."""
        times = sorted([self.began, *(each.began + each.seconds for each in self.answers)])
        return max(later - earlier for earlier, later in pairwise(times))

    @property
    def codes(self) -> Counter[str]:
        """Return the number of answers by status or error."""
        return Counter(each.code for each in self.answers)

    @property
    def per_second(self) -> float:
        """Return how many requests were answered in a second."""
        return len(self.answers) / (self.ended - self.began)


def log_in(url: str, user: str, password: str) -> str:
    """Return a token for the API."""
    answer = httpx.post(
        f"{url}/auth/token", json={"username": user, "password": password}, trust_env=False, timeout=TIMEOUT_SEC
    )
    token: str = answer.raise_for_status().json()["access_token"]
    return token


def ask(url: str, token: str, *, clients: int, seconds: float, pause_sec: float = 0) -> Answers:
    """Send requests from *clients* for some seconds, each after a pause, and return the answers."""
    began = time.monotonic()
    found: list[Answer] = []
    threads = [
        threading.Thread(target=_ask, args=(url, token, began + seconds, pause_sec, found)) for _ in range(clients)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return Answers(began, time.monotonic(), found)


def _ask(url: str, token: str, end: float, pause_sec: float, found: list[Answer]) -> None:
    # People do not start at the same moment.
    time.sleep(random.random() * pause_sec)  # noqa: S311 no secret
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_SEC, trust_env=False) as client:
        while (began := time.monotonic()) < end:
            try:
                code = str(client.get(random.choice(PATHS)).status_code)  # noqa: S311 as above
            except httpx.TransportError as error:
                code = type(error).__name__
            found.append(Answer(began, time.monotonic() - began, code))
            time.sleep(max(0.0, min(pause_sec, end - time.monotonic())))
