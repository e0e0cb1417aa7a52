"""The metric on which a worker pool scales: how many workers are missing, or, if negative, too many."""

from collections.abc import Mapping

NAMESPACE = "AirflowFargate"
METRIC = "WorkersMissing"
ROUND_SEC = 5
"""Seconds between two rounds of the autoscaler."""
QUIET_SEC = 30
"""
Seconds between two publications of zeros. Other numbers are published in each round, so that each period of an alarm
has a data point. AWS charges each call: 0.9 dollars a month for one every 30 s, 5.2 for one every 5 s.
"""
AFTERWARDS_SEC = 20
"""
Seconds after another number in which zeros are published in each round too: an alarm keeps its state while a period has
no data point.
"""


def dimensions(*, cluster: str, service: str) -> Mapping[str, str]:
    """Return the dimensions of a service's metric, with AWS's own names."""
    return {"ClusterName": cluster, "ServiceName": service}


def workers_needed(instances: int, *, slots: int, minimum: int, maximum: int) -> int:
    """Return how many workers the queued and running task *instances* need."""
    return min(max(-(-instances // slots), minimum), maximum)


class Publication:
    """Decide in which rounds the numbers are published; `published` are the last ones, by name of the service."""

    def __init__(self) -> None:
        self.published: Mapping[str, int] = {}
        self._published_at = self._missing_at = float("-inf")

    def is_due(self, missing: Mapping[str, int], now: float) -> bool:
        """Return whether to publish *missing* at the second *now*."""
        if any(missing.values()):
            self._missing_at = now
        pause_sec = 0 if now - self._missing_at <= AFTERWARDS_SEC else QUIET_SEC
        return bool(missing) and (missing != self.published or now - self._published_at >= pause_sec)

    def note(self, missing: Mapping[str, int], now: float) -> None:
        """Remember that *missing* was published."""
        self.published, self._published_at = missing, now
