"""What a worker on Fargate costs: Linux, us-east-1, on demand, in March 2026."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_on_fargate.simulator.stage import Pool

DATE, REGION = "2026-03", "us-east-1"
SOURCES = "https://aws.amazon.com/fargate/pricing, as vantage.sh and cloudburn.io give it"
DOLLARS = {"X86_64": (0.04048, 0.004445), "ARM64": (0.03238, 0.00356)}
"""The prices of a vCPU and of a GB of memory for an hour, by architecture."""
SPOT_DISCOUNT = 0.7
"""AWS says up to 70 %; it moves with the market."""


def worker_hour_dollars(pool: "Pool") -> float:
    """Return the price of one worker for an hour, the mean if some of the workers are on Spot."""
    cpu_hour, gb_hour = DOLLARS[pool.architecture]
    on_demand = pool.cpu / 1024 * cpu_hour + pool.memory_mib / 1024 * gb_hour
    return on_demand * (1 - pool.spot_share * SPOT_DISCOUNT)
