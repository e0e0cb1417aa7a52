"""Stand in for a docker command that still creates its container: the first signal fails, the next one ends it."""

import pathlib
import sys
import time

here = pathlib.Path(__file__).parent
asked, ended = here / "asked", here / "ended"
if sys.argv[1] == "run":
    while not ended.exists():
        time.sleep(0.05)
    sys.exit(143)
if not asked.exists():
    asked.write_text(" ".join(sys.argv[1:]))
    sys.exit("No such container")
ended.touch()
