"""The requests to S3 of a stack without work, by program."""

import time
from collections import Counter

from airflow_on_fargate.local.state import State

SECONDS_A_DAY = 24 * 3600
DAYS_A_MONTH = 30
GET_DOLLARS = 0.0004 / 1000
"""S3 Standard in us-east-1: GET and all other requests that only read (Amazon S3 pricing)."""
LIST_DOLLARS = 0.005 / 1000
"""PUT, COPY, POST and LIST."""
DELETE = "DELETE"
"""Free of charge."""


def count_requests(state: State, *, seconds: float) -> dict[str, Counter[str]]:
    """Return the number of requests of each program by method and kind, in so many *seconds*."""
    state.s3_requests.write_text("")
    try:
        time.sleep(seconds)
        lines = state.s3_requests.read_text(encoding="utf-8").splitlines()
    finally:
        state.s3_requests.unlink()
    found: dict[str, Counter[str]] = {}
    for line in lines:
        program, method, path = line.split(" ", 2)
        found.setdefault(program, Counter())[_kind(method, path)] += 1
    return found


def a_day(count: int, *, seconds: float) -> int:
    """Return how many of *count* requests in some *seconds* there are in a day."""
    return round(count * SECONDS_A_DAY / seconds)


def dollars_a_month(counts: Counter[str], *, seconds: float) -> float:
    """Return what the requests cost in a month."""
    prices = {"GET": GET_DOLLARS, "LIST": LIST_DOLLARS, "PUT": LIST_DOLLARS, DELETE: 0}
    return sum(a_day(count, seconds=seconds) * DAYS_A_MONTH * prices[kind] for kind, count in counts.items())


def _kind(method: str, path: str) -> str:
    """Return how S3 bills it; a list is a GET of a bucket without a key."""
    if method in {"GET", "HEAD"}:
        return "GET" if "/" in path.strip("/") else "LIST"
    return method if method == DELETE else "PUT"
