"""
Join the odd and the even numbers of a run, print them, and remove the parts.

`SHARED_VOLUME` is the mount path of the volume, and `RUN_ID` is different for each run of each DAG. The result is
written first, then all parts are removed at once. So a retry gives the same result, wherever the earlier try ended.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

PARTS = ("odd.txt", "even.txt")


def main() -> None:
    """Leave `numbers.txt` in the run's folder, and nothing else."""
    # The same name of the folder as in multi_task/part.py.
    run = "run-" + quote(os.environ.get("RUN_ID", "by-hand"), safe="")
    folder = Path(os.environ.get("SHARED_VOLUME", "/shared-volume"), run)
    parts, joined, result = folder / "parts", folder / "parts-joined", folder / "numbers.txt"

    # Parts next to a result are newer than the result: a user has run their tasks again.
    if parts.exists() or not result.exists():
        missing = [name for name in PARTS if not (parts / name).exists()]
        if missing:
            sys.exit(f"{parts} lacks {' and '.join(missing)}: the task that writes it must run first")
        numbers = sorted(int(line) for name in PARTS for line in (parts / name).read_text().splitlines())
        with tempfile.NamedTemporaryFile("w", dir=parts, prefix=".numbers-", delete=False) as file:
            file.writelines(f"{number}\n" for number in numbers)
        Path(file.name).rename(result)

    print(f"numbers: {[int(line) for line in result.read_text().splitlines()]}")

    shutil.rmtree(joined, ignore_errors=True)
    if parts.exists():
        parts.rename(joined)
        shutil.rmtree(joined)


if __name__ == "__main__":
    main()
