"""How long a Fargate task takes to start, and how many may start at a time."""

from random import Random

IMAGE_MB = 560
"""The Airflow image: 430 MB on top of its base of some 130."""
LAUNCHES_PER_SEC = 20
LAUNCH_BURST = 100
"""ECS launches so many Fargate tasks a second for a service, after a burst ("Request throttling for Amazon ECS")."""

_PULL_SHARE = 0.76
_OBSERVED_SEC, _OBSERVED_MB = 70, 900
# A task with an image of 900 MB is pending for 70 s (aws/containers-roadmap#696), and pulling the image takes 76 % of
# a start (AWS News Blog on Seekable OCI). Others see 20 to 40 s, 45 to 90 s, 60 s (aws/containers-roadmap#358,
# aws-samples/amazon-chime-sdk-recording-demo#44, dask/dask-cloudprovider#66), hence the spread.
NETWORK_SEC = _OBSERVED_SEC * (1 - _PULL_SHARE)
PULL_SEC_PER_MB = _OBSERVED_SEC * _PULL_SHARE / _OBSERVED_MB
SPREAD = 0.25
"""The standard deviation of the logarithm of a start."""

WORKER_SEC = {256: 11.4, 512: 4.9, 1024: 2.5}
"""From the container's start until Celery asks for work, by CPU units; measured with a throttled processor."""
SCHEMA_SEC = 0.5
"""The entrypoint's check of the database's schema; measured."""


def pending_sec(random: Random, *, image_mb: float = IMAGE_MB) -> float:
    """Return how long a task is PROVISIONING and PENDING: network interface, image, container."""
    return (NETWORK_SEC + image_mb * PULL_SEC_PER_MB) * random.lognormvariate(0, SPREAD)


def worker_sec(cpu: int) -> float:
    """Return how long a worker with *cpu* units takes from its container's start until it asks for work."""
    return SCHEMA_SEC + WORKER_SEC[max(size for size in WORKER_SEC if size <= cpu)]


class LaunchRate:
    """The bucket of launches: full at the start, a token for each task, filled again at the sustained rate."""

    def __init__(self, *, burst: float = LAUNCH_BURST, per_sec: float = LAUNCHES_PER_SEC) -> None:
        self._burst = burst
        self._per_sec = per_sec
        self._tokens = burst
        self._at = 0.0

    def wait_sec(self, now: float) -> float:
        """Take a token at the second *now*, and return how long the launch waits for it."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_sec) - 1
        self._at = now
        return max(0.0, -self._tokens / self._per_sec)
