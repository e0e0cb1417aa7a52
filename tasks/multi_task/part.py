"""
Write one part of a run's numbers to a file on the shared volume.

`SHARED_VOLUME` is the mount path of the volume, and `RUN_ID` is different for each run of each DAG. A retry writes the
same file again. The file is either complete or missing.
"""

import argparse
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote


def upper_bound() -> int:
    """Return the number in the arguments."""
    parser = argparse.ArgumentParser()
    parser.add_argument("upper_bound", type=int)
    bound: int = parser.parse_args().upper_bound
    return bound


def write_part(name: str, numbers: Iterable[int]) -> None:
    """Write *numbers*, one a line, as the run's part called *name*."""
    # A run id holds ':' and '+'; quoted, it is one folder's name and no two run ids share it.
    run = "run-" + quote(os.environ.get("RUN_ID", "by-hand"), safe="")
    folder = Path(os.environ.get("SHARED_VOLUME", "/shared-volume"), run, "parts")
    folder.mkdir(parents=True, exist_ok=True)
    written = list(numbers)
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix=f".{name}-", delete=False) as file:
        file.writelines(f"{number}\n" for number in written)
    Path(file.name).rename(folder / f"{name}.txt")
    print(f"{name}: {written}")
