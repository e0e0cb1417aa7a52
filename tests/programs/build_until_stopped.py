"""Print a line, wait, and create the file that STOPPED names on SIGTERM."""

import os
import signal
import sys
import time
from pathlib import Path


def stop(*_: object) -> None:
    """Leave the file, and end."""
    Path(os.environ["STOPPED"]).touch()
    sys.exit()


signal.signal(signal.SIGTERM, stop)
print("building", flush=True)
time.sleep(60)
