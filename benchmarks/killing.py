"""Simulate the failure of a machine."""

from contextlib import suppress

import psutil


def kill_with_children(process_id: int) -> None:
    """Kill a process and all its children, as the failure of a machine does; ignore one that has ended."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(process_id)
        for each in [process, *process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                each.kill()
