"""Ignore the signal that ends a task, for a while: `python deaf.py <seconds>`; it prints a line when it does."""

import signal
import sys
import time

if __name__ == "__main__":
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    print(flush=True)  # noqa: T201 the task that starts it reads it
    time.sleep(float(sys.argv[1]))
