"""`make synth` in a fresh clone: which step takes how long."""

from pathlib import Path

from benchmarks.measure import Program, seconds
from benchmarks.project import PROJECT

STEPS = {
    "clone": None,
    "make the virtual environment": ".venv/bin/python",
    "install pipenv": ".make/pipenv/bin/pipenv",
    "install the packages": ".venv/installed-packages",
    "compose, for the first time": "synth",
}
"""Each step with the target of the Makefile that runs it; `make synth` runs all of them."""


def measure(folder: Path) -> dict[str, float]:
    """Return the seconds of each step, with every cache empty."""
    clone = folder / "clone"
    # pip and pipenv keep what they have downloaded, jsii what it has unpacked.
    empty = {"XDG_CACHE_HOME": f"{folder}/cache", "JSII_RUNTIME_PACKAGE_CACHE_ROOT": f"{folder}/jsii"}
    variables = [f"{name}={value}" for name, value in empty.items()]
    taken = {}
    for step, target in STEPS.items():
        command = ["make", target] if target else ["git", "clone", "--quiet", str(PROJECT), str(clone)]
        taken[step] = seconds(Program(["env", *variables, *command], clone if target else folder))
        print(f"  {step}: {taken[step]:.1f} s", flush=True)
    return taken
