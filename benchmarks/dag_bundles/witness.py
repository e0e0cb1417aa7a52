"""Runs of the DAG `witness` while versions are pushed: whether all files that a run read were of one version."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.reliability.stack import Stack
from constructs_lib.shared.bad_input import BadInputError

DAG = "witness"
PAUSE_SEC = 0.5
NUMBER = re.compile(r"^NUMBER = \d+$", re.MULTILINE)
VERSION = re.compile(r"/versions/([0-9a-f]{20})/")
NOTES = 4
"""The lines of a whole run."""


def change_witness(folder: Path, number: int) -> None:
    """Write the *number* into the three files of the witness in the *folder* of DAGs."""
    for file in (folder / "witness.py", folder / "witness_parts" / "number.py"):
        file.write_text(NUMBER.sub(f"NUMBER = {number}", file.read_text()))
    (folder / "witness_parts" / "number.txt").write_text(f"{number}\n")


@dataclass
class Witness:
    """The runs of the witness; `numbers` has the number of each pushed version."""

    file: Path
    runs: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    number: int = 0
    """The last one that was pushed."""

    def pushed(self, version: str, number: int) -> None:
        """Note that the *version* of the bundle has the *number*."""
        self.numbers[version] = self.number = number

    def failed(self, stack: Stack) -> int:
        """Return the number of runs that did not succeed."""
        states = dict(stack.sql("SELECT run_id, state FROM dag_run WHERE dag_id = %s", DAG))
        return sum(states.get(run) != "success" for run in self.runs)

    def mixed(self, stack: Stack) -> list[str]:
        """Return a sentence for each run that read files of several versions, or of another one than its own."""
        pinned = dict(stack.sql("SELECT run_id, bundle_version FROM dag_run WHERE dag_id = %s", DAG))
        return [sentence for run in self.runs for sentence in self._mixed(run, pinned.get(run))]

    def _mixed(self, run: str, pinned: str | None) -> Iterator[str]:
        notes = [note for note in self.notes() if note["run"] == run]
        numbers = {number for note in notes for number in note["numbers"]}
        versions = {match[1] for note in notes if (match := VERSION.search(note["file"]))}
        if len(numbers) > 1 or versions - {pinned}:
            yield f"{run} read the numbers {sorted(numbers)} in {sorted(versions)}, its version is {pinned}"
        elif numbers and pinned in self.numbers and numbers != {self.numbers[pinned]}:
            yield f"{run} of {pinned} read {sorted(numbers)}, which that version does not have"

    def unlike(self, stack: Stack) -> list[str]:
        """Return a sentence for each version of the DAG that is stored with another version's content."""
        rows = stack.sql(
            "SELECT v.bundle_version, s.data -> 'dag' ->> 'description' FROM dag_version v"
            " JOIN serialized_dag s ON s.dag_version_id = v.id WHERE v.dag_id = %s",
            DAG,
        )
        return [
            f"{version} is stored with {description!r}"
            for version, description in rows
            if version in self.numbers and description != f"change {self.numbers[version]}"
        ]

    def notes(self) -> list[dict[str, Any]]:
        """Return what the tasks have written."""
        return [json.loads(line) for line in self.file.read_text().splitlines()] if self.file.exists() else []


@contextmanager
def witnessing(stack: Stack, file: Path) -> Iterator[Witness]:
    """Run the witness again and again in this context, and wait for the last run."""
    witness, ended = Witness(file), threading.Event()
    file.unlink(missing_ok=True)

    def run_again() -> None:
        while not ended.is_set():
            with suppress(BadInputError):
                api = stack.api
                api.unpause(DAG)
                run = api.trigger(DAG, {"file": str(file)})
                witness.runs.append(run)
                while api.run(DAG, run)["state"] not in ("success", "failed"):
                    time.sleep(PAUSE_SEC)

    thread = threading.Thread(target=run_again)
    thread.start()
    try:
        yield witness
    finally:
        ended.set()
        thread.join()
