"""A machine that breaks."""

from contextlib import suppress

import psutil


def kill_with_children(process_id: int) -> None:
    """Kill the process with all that it has started, as a machine that breaks does; one that has ended is let be."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(process_id)
        for each in [process, *process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                each.kill()
