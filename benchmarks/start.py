"""`python main.py`, which composes all stages, compared with the stock roots of the bindings and an empty program."""

import sys
from pathlib import Path

from benchmarks.measure import Program, peak_megabytes, quickest
from benchmarks.project import copy_project, write_empty_project
from benchmarks.result import Outcome, Result

ROUNDS = 7


def measure(folder: Path) -> Outcome:
    """Measure time and memory in copies below *folder*."""
    project = copy_project(folder / "project")
    main = Program([sys.executable, "main.py"], project)
    seconds = quickest(
        {
            "main": main,
            "stock": Program([sys.executable, "-m", "benchmarks.stock_roots"], project),
            "empty": Program([sys.executable, "main.py"], write_empty_project(folder / "empty")),
        },
        rounds=ROUNDS,
    )
    print("  memory", flush=True)
    megabytes = max(peak_megabytes(main) for _ in range(ROUNDS))
    what = "`python main.py`, both stages"
    measured = f"{seconds['main']:.1f} s"
    return Outcome(
        [
            Result(
                what=what,
                measured=measured,
                baseline=f"{seconds['stock']:.1f} s: the same with the stock roots of the bindings",
                figure=seconds["main"] / seconds["stock"],
                unit="x",
                limit=0.2,
            ),
            Result(
                what=what,
                measured=measured,
                baseline=f"{seconds['empty']:.1f} s: a program with one empty stack",
                figure=seconds["main"] / seconds["empty"],
                unit="x",
                limit=None,
            ),
            Result(
                what=f"{what}: peak memory of Python and Node",
                measured=f"{megabytes:.0f} MB",
                baseline="",
                figure=megabytes,
                unit="MB",
                limit=300,
            ),
        ],
        {
            "python main.py, stock roots": seconds["stock"],
            "python main.py": seconds["main"],
            "empty program": seconds["empty"],
        },
    )
