"""Print which of the paths that come through the standard input, apart by NUL bytes, can be read."""

import sys
from pathlib import Path

for path in map(Path, sys.stdin.read().split("\0")):
    try:
        if path.is_dir():
            list(path.iterdir())
        else:
            path.open("rb").close()
    except OSError:
        continue
    print(path)
