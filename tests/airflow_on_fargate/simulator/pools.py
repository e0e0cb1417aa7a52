"""A worker pool to simulate, made by hand; that a composed one reads the same is for `test_composed.py`."""

from dataclasses import replace
from math import inf

from airflow_on_fargate.simulator.airflow import Limits
from airflow_on_fargate.simulator.cloudwatch import Alarm
from airflow_on_fargate.simulator.scaling import Step, StepScaling
from airflow_on_fargate.simulator.stage import Pool

OUT = StepScaling(
    alarm=Alarm(
        period_sec=10,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        statistic="Maximum",
        threshold=1,
        comparison="GreaterThanOrEqualToThreshold",
        missing_data="notBreaching",
    ),
    cooldown_sec=30,
    steps=(Step(0, 1, 1), Step(1, 2, 2), Step(2, 4, 3), Step(4, 9, 5), Step(9, inf, 10)),
    aggregation="Maximum",
)
IN = StepScaling(
    alarm=Alarm(
        period_sec=60,
        evaluation_periods=5,
        datapoints_to_alarm=5,
        statistic="Maximum",
        threshold=-1,
        comparison="LessThanOrEqualToThreshold",
        missing_data="notBreaching",
    ),
    cooldown_sec=60,
    steps=(Step(-1, 0, -1), Step(-2, -1, -2), Step(-4, -2, -3), Step(-9, -4, -5), Step(-inf, -9, -10)),
    aggregation="Maximum",
)
LIMITS = Limits(parallelism=40, max_active_tasks_per_dag=40, default_pool_slots=40, task_queued_timeout_sec=1020)
POOL = Pool(
    queue="default",
    slots=4,
    cpu=1024,
    memory_mib=2048,
    architecture="X86_64",
    on_fargate=True,
    spot_share=0.0,
    minimum=0,
    maximum=10,
    protects=True,
    stop_timeout_sec=120,
    long_poll_sec=20,
    visibility_timeout_sec=600,
    limits=LIMITS,
    policies=(OUT, IN),
)


def pool(*, minimum: int = POOL.minimum, maximum: int = POOL.maximum, prewarm_max: int = 0) -> Pool:
    """Return the pool with other bounds, and Airflow's limits that follow from them."""
    slots = POOL.slots * maximum
    limits = replace(LIMITS, parallelism=slots, max_active_tasks_per_dag=slots, default_pool_slots=slots)
    return replace(POOL, minimum=minimum, maximum=maximum, limits=limits, prewarm_max=prewarm_max)
