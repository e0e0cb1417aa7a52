"""The metric that a pool's workers follow: how many are missing, or, below zero, too many."""

from collections.abc import Mapping

NAMESPACE = "AirflowFargate"
METRIC = "WorkersMissing"
ROUND_SEC = 5
"""How often the autoscaler counts."""
QUIET_SEC = 30
"""
How often zeros are published, for whoever looks at the metric; other numbers are in each round, so that no period of
an alarm is without. AWS charges each call: 0.9 dollars a month for one in 30 s, 5.2 for one in 5.
"""
AFTERWARDS_SEC = 20
"""
For how long zeros, too, are in each round after another number: CloudWatch goes on with what it has for as long as a
period is without.
"""


def dimensions(*, cluster: str, service: str) -> Mapping[str, str]:
    """Return what tells one service's metric from another's, by AWS's own names of them."""
    return {"ClusterName": cluster, "ServiceName": service}


def workers_needed(instances: int, *, slots: int, minimum: int, maximum: int) -> int:
    """Return how many workers the task *instances* that are queued or run need."""
    return min(max(-(-instances // slots), minimum), maximum)


class Publication:
    """Decide in which rounds the numbers are published; `published` is what was last, by the name of the service."""

    def __init__(self) -> None:
        self.published: Mapping[str, int] = {}
        self._published_at = self._missing_at = float("-inf")

    def is_due(self, missing: Mapping[str, int], now: float) -> bool:
        """Return whether *missing* is to be published at the second *now*."""
        if any(missing.values()):
            self._missing_at = now
        pause_sec = 0 if now - self._missing_at <= AFTERWARDS_SEC else QUIET_SEC
        return bool(missing) and (missing != self.published or now - self._published_at >= pause_sec)

    def note(self, missing: Mapping[str, int], now: float) -> None:
        """Remember that *missing* was published."""
        self.published, self._published_at = missing, now
