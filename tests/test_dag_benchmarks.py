"""Promises of the benchmarks of DAGs in a bundle."""

import ast
import importlib
import json
import runpy
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from airflow_on_fargate.local.state import State
from benchmarks.dag_bundles.idle import (
    ROUND_SEC,
    Request,
    a_day,
    count_requests,
    counted,
    dollars_a_month,
    list_requests,
)
from benchmarks.dag_bundles.many import change_pipeline, file_of, write_pipelines
from benchmarks.dag_bundles.page import is_good, page
from benchmarks.dag_bundles.witness import Witness

PROJECT = Path(__file__).parents[1]
BENCHMARKS = PROJECT / "benchmarks"
STARTS = {"image": [2.0], "warm": [2.05], "one_new": [2.2], "all_new": [2.9]}
ROUND = ("LIST", "LIST", "GET")
PUSHES = {"visible": [3.0] * 20, "rolled_back": [3.0], "whole": [5.0], "runs": 9, "mixed": [], "failed": 0}
IDLE = {"seconds": 600, "looks": {"dag-processor": {"GET": 300}}, "rounds": {"autoscaler": {"LIST": 2, "GET": 1}}}


def test_each_pipeline_is_a_file_of_its_team_and_can_be_changed(tmp_path: Path) -> None:
    """Each generated file is Python of its own, and a change of one is in no other."""
    write_pipelines(tmp_path, 25)
    change_pipeline(tmp_path, 21, 7)

    texts = {number: file_of(tmp_path, number).read_text() for number in range(25)}
    for text in texts.values():
        ast.parse(text)
    assert "team_01.common" in texts[21]
    assert {number for number, text in texts.items() if "CHANGE = 7" in text} == {21}
    assert len({text.partition("CHANGE")[2] for text in texts.values()}) == 25


@pytest.mark.parametrize("file", sorted(BENCHMARKS.glob("*/*_stages.py")), ids=lambda file: file.stem)
def test_the_stages_of_the_benchmarks_are_valid(file: Path) -> None:
    """The stages.py of each benchmark has one valid stage."""
    assert [stage.stage for stage in runpy.run_path(str(file))["STAGES"]] == ["dev"]


def test_figures_over_a_limit_are_not_good() -> None:
    """Each limit of the issue is one of the benchmarks."""
    good: dict[str, dict[str, Any]] = {"pushes": PUSHES, "starts": STARTS, "idle": IDLE}
    too_much: list[tuple[str, dict[str, Any]]] = [
        ("pushes", {"visible": [3.0] * 18 + [6.0] * 2}),
        ("pushes", {"rolled_back": [5.1]}),
        ("pushes", {"mixed": ["a mixed run"]}),
        ("pushes", {"failed": 1}),
        ("starts", {"warm": [2.2], "all_new": [2.3]}),
        ("starts", {"all_new": [3.1]}),
        ("idle", {"looks": {"dag-processor": {"GET": 300}, "worker": {"PUT": 100}}}),
        ("idle", {"rounds": {"autoscaler": {"LIST": 200}}}),
    ]

    assert all(is_good(part, result) for part, result in good.items())
    assert [change for part, change in too_much if is_good(part, {**good[part], **change})] == []


def test_requests_are_counted_by_their_price() -> None:
    """A look every two seconds is half a dollar a month, and a DELETE is free."""
    counts = Counter({"GET": 300, "DELETE": 9})

    assert a_day(300, seconds=600) == 43_200
    assert dollars_a_month(counts, seconds=600) == pytest.approx(0.5184)


@pytest.mark.parametrize("seconds", [30, 600, 3600, 9000])
def test_the_length_of_the_time_does_not_change_the_figures(seconds: int) -> None:
    """A round each hour counts as one each hour, whether the time has none of them, one or several."""
    start = 1000.0
    requests = [
        Request(start, "owner", "LIST"),
        Request(start, "worker", "GET"),
        Request(start, "dag-processor", "GET"),
    ]
    for second in range(60, 60 + 9000, 3600):
        requests += [Request(start + second + part, "autoscaler", kind) for part, kind in enumerate(ROUND)]
        # Only the first one reads the manifests.
        requests += [Request(start + second + 3, "autoscaler", "GET")] * (second == 60)
    requests += [Request(start + second, "dag-processor", "GET") for second in range(1, 9300, 2)]

    found = counted(requests, begin=start + 200, end=start + 200 + seconds)

    assert found == {
        "looks": {"dag-processor": Counter(GET=seconds // 2)},
        "rounds": {"autoscaler": Counter(LIST=2, GET=1)},
    }


def test_a_round_is_that_of_the_product(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time between two rounds is that of the program in the image."""
    monkeypatch.syspath_prepend(PROJECT / "docker")

    assert importlib.import_module("airflow_fargate.dag_retention").ROUND_SEC == ROUND_SEC


def test_the_kinds_are_those_that_s3_bills() -> None:
    """A GET of a bucket is a list, a HEAD costs as a GET, and a POST as a PUT."""
    lines = {"GET /b/k v": "GET", "HEAD /b/k": "GET", "GET /b": "LIST", "GET /b/": "LIST", "POST /b/k": "PUT"}
    lines |= {"PUT /b/k": "PUT", "DELETE /b/k": "DELETE"}

    found = {line: Request.read(f"1.5 worker {line}") for line in lines}

    assert {line: each.kind for line, each in found.items()} == lines
    assert {(each.at, each.program) for each in found.values()} == {(1.5, "worker")}


def test_a_stack_can_list_its_requests_from_its_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list exists before the stack, and the count waits until the first round is in it."""
    list_requests(tmp_path)
    state = State(tmp_path / ".local")
    assert state.s3_requests.read_text() == ""

    def send(_: float) -> None:
        now = time.time()
        state.s3_requests.write_text(f"{now} autoscaler GET /b\n{now} dag-processor GET /b/k\n")

    monkeypatch.setattr("benchmarks.dag_bundles.idle.time.sleep", send)

    found = count_requests(state, seconds=60)

    assert found == {"looks": {"dag-processor": {"GET": 1}}, "rounds": {"autoscaler": {"LIST": 1}}}


def test_a_run_with_files_of_two_versions_is_found(tmp_path: Path) -> None:
    """A run is mixed if its files have different numbers, or are of another version than its own."""
    versions = {"a" * 20: 1, "b" * 20: 2}
    witness = Witness(tmp_path / "notes", runs=["good", "numbers", "folder", "pinned"], numbers=versions)
    notes = [
        ("good", [1, 1, 1], "a"),
        ("numbers", [1, 2, 1], "a"),
        ("folder", [1, 1, 1], "b"),
        ("pinned", [2, 2, 2], "a"),
    ]
    lines = [{"run": run, "numbers": numbers, "file": f"/x/versions/{way * 20}/dags/y"} for run, numbers, way in notes]
    witness.file.write_text("".join(json.dumps(line) + "\n" for line in lines))

    found = {run: [*witness._mixed(run, "a" * 20)] for run in witness.runs}

    assert {run: bool(sentences) for run, sentences in found.items()} == {
        "good": False,
        "numbers": True,
        "folder": True,
        "pinned": True,
    }


def test_the_page_has_what_was_measured_and_what_was_not() -> None:
    """A part that was not measured is not on the page, and the remark of a person is."""
    written = page({"idle": IDLE, "pushes": {**PUSHES, "remark": "On a busy machine."}}, "a machine")

    assert "| dag-processor | 300 GET | 10 minutes | 43,200 | $0.52 |" in written
    assert "| autoscaler | 1 GET, 2 LIST | 60 minutes | 72 | $0.01 |" in written
    assert "| all | | | | $0.53 |" in written
    assert "On a busy machine." in written
    assert written.count("Not measured.") == 1


@pytest.mark.programs
def test_an_unknown_part_is_refused() -> None:
    """An unknown part is refused with the existing ones, before anything is started."""
    asked = subprocess.run(
        [sys.executable, "-m", "benchmarks.dag_bundles", "everything"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (asked.returncode, asked.stderr) == (
        1,
        "error: PART must be one of pushes, starts, idle, got 'everything'\n",
    )
