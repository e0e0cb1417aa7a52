"""Wait for signals, note each in the file of the first argument, and end half a second after the first one."""

import signal
import sys
import time
from pathlib import Path
from types import FrameType

received: list[int] = []


def note(number: int, _: FrameType | None) -> None:
    """Note a signal."""
    received.append(number)
    with Path(sys.argv[1]).open("a", encoding="utf-8") as log:
        log.write(f"{signal.Signals(number).name}\n")


def main() -> None:
    """Print a line when signals can come, and exit as a shell reports the first one."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    print("ready", flush=True)
    while not received:
        time.sleep(0.1)
    time.sleep(0.5)
    sys.exit(128 + received[0])


if __name__ == "__main__":
    main()
