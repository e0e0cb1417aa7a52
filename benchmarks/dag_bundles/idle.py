"""The requests to S3 of a stack without work, by program."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Self

from airflow_on_fargate.local.aws.s3_requests import OWNER
from airflow_on_fargate.local.state import State
from benchmarks.reliability.stack import wait_for

ROUND_SEC = 3600
"""Seconds between two looks for old versions, as in `airflow_fargate.dag_retention`."""
ROUND_LIMIT_SEC = 180
"""The first look for old versions comes a minute after the start."""
PAUSE_SEC = 60
"""Much longer than a round takes, and much shorter than the time between two."""
SECONDS_A_DAY = 24 * 3600
DAYS_A_MONTH = 30
GET_DOLLARS = 0.0004 / 1000
"""S3 Standard in us-east-1: GET and all other requests that only read (Amazon S3 pricing)."""
LIST_DOLLARS = 0.005 / 1000
"""PUT, COPY, POST and LIST."""
DELETE = "DELETE"
"""Free of charge."""


@dataclass(frozen=True)
class Request:
    """A request of *program* to S3, *at* seconds since 1970, of a *kind* as S3 bills it."""

    at: float
    program: str
    kind: str

    @classmethod
    def read(cls, line: str) -> Self:
        """Return the request of a *line* of the list."""
        at, program, method, path = line.split(" ", 3)
        return cls(float(at), program, _kind(method, path))


def list_requests(project: Path) -> None:
    """Let the stack of *project*, which does not run yet, list its requests to S3 from its start."""
    state = State(project / ".local")
    state.make_folder()
    state.s3_requests.touch()


def count_requests(state: State, *, seconds: float) -> dict[str, dict[str, Counter[str]]]:
    """Return what `counted` finds in so many *seconds* of a stack that lists its requests since its start."""
    begin = time.time()
    time.sleep(seconds)

    def found() -> dict[str, dict[str, Counter[str]]]:
        lines = state.s3_requests.read_text(encoding="utf-8").splitlines()
        return counted(map(Request.read, lines), begin=begin, end=begin + seconds)

    wait_for(lambda: bool(found()["rounds"]), "old versions to be looked for", limit_sec=ROUND_LIMIT_SEC)
    return found()


def counted(requests: Iterable[Request], *, begin: float, end: float) -> dict[str, dict[str, Counter[str]]]:
    """
    Return the numbers of requests of each program by kind.

    The `looks` are those from *begin* to *end*. The `rounds` are those of a program that looks for old versions, which
    only that program lists: of its last round, whenever that was. So the length of the time does not matter, in which
    there may be one round, none or several.
    """
    of_programs: dict[str, list[Request]] = {}
    for each in requests:
        of_programs.setdefault(each.program, []).append(each)
    looks, rounds = {}, {}
    for program, sent in of_programs.items():
        if program != OWNER and any(each.kind == "LIST" for each in sent):
            rounds[program] = Counter(each.kind for each in _last_round(sent))
        elif meanwhile := Counter(each.kind for each in sent if begin <= each.at < end):
            looks[program] = meanwhile
    return {"looks": looks, "rounds": rounds}


def _last_round(sent: list[Request]) -> list[Request]:
    """Return the last requests of *sent* without a pause between them."""
    starts = [number for number, (one, two) in enumerate(pairwise(sent), 1) if two.at - one.at > PAUSE_SEC]
    return sent[starts[-1] if starts else 0 :]


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
