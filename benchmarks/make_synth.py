"""`make synth` on a machine that is set up, against `cdktf synth` of an empty program."""

from pathlib import Path

from benchmarks.measure import Program, quickest
from benchmarks.project import PROJECT, copy_project, write_empty_project
from benchmarks.result import Outcome, Result

ROUNDS = 5


def measure(folder: Path) -> Outcome:
    """Measure the time in copies below *folder*."""
    cdktf = str(PROJECT / "node_modules" / ".bin" / "cdktf")
    seconds = quickest(
        {
            "make synth": Program(["make", "synth"], copy_project(folder / "project")),
            "cdktf synth, empty": Program([cdktf, "synth"], write_empty_project(folder / "empty")),
        },
        rounds=ROUNDS,
    )
    made, empty = seconds.values()
    result = Result(
        what="`make synth`, set up already",
        measured=f"{made:.1f} s",
        baseline=f"{empty:.1f} s: `cdktf synth` of a program with one empty stack",
        figure=made / empty,
        unit="x",
        limit=1.5,
    )
    return Outcome([result], {"make synth": made, "cdktf synth of an empty program": empty})
