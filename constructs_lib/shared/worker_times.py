"""How long a worker stays protected, and when it hands back what it runs; the image and the simulator have it here."""

QUIET_SEC = 15
"""How long a worker has been idle when it is no longer protected: a burst of short tasks is one time of work."""
MARGIN_SEC = 25
"""What is left for a task that has not ended: to end it, to hand it back and to upload its log."""
RESCHEDULE_SEC = 10
"""
When a task that was handed back may be queued again. The scheduler must have heard by then that the worker's message
has ended: it would take that for the end of the new one, and fail the task.
"""


def hand_back_after_sec(stop_timeout_sec: float) -> float:
    """Return how long after SIGTERM a task that still runs is handed back; SIGKILL comes after *stop_timeout_sec*."""
    return max(stop_timeout_sec - MARGIN_SEC, stop_timeout_sec / 2)
