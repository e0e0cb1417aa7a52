"""The metric that a pool's workers follow: how many are missing, or, below zero, too many."""

from collections.abc import Mapping

NAMESPACE = "AirflowFargate"
METRIC = "WorkersMissing"


def dimensions(*, cluster: str, service: str) -> Mapping[str, str]:
    """Return what tells one service's metric from another's, by AWS's own names of them."""
    return {"ClusterName": cluster, "ServiceName": service}
