"""Take a second to end on SIGTERM, and print the times before and after."""

import signal
import sys
import time


def end(*_: object) -> None:
    """Print the time, wait, and print it again."""
    print(time.time(), flush=True)
    time.sleep(1)
    print(time.time(), flush=True)
    sys.exit()


signal.signal(signal.SIGTERM, end)
print("begun", flush=True)
time.sleep(100)
