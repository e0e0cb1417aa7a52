"""
AWS's predictive scaling of an ECS service, as its documentation describes it, with a forecast that is exactly right.

"How Application Auto Scaling predictive scaling works": it forecasts a capacity for each hour, raises the capacity to
it at the beginning of the hour or earlier, and never scales in; other policies do that, not below the forecast.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from airflow_on_fargate.simulator.cloudwatch import aggregate
from airflow_on_fargate.simulator.simulation import DAY_SEC, HOUR_SEC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_on_fargate.simulator.cloudwatch import Statistic
    from airflow_on_fargate.simulator.stage import Pool
    from airflow_on_fargate.simulator.task_instance import Work

BUFFER_SEC = 300
"""How long before the hour it acts: the default (`PredictiveScalingPolicyConfiguration`, `SchedulingBufferTime`)."""
MINUTE_SEC = 60


def hourly_needs(pool: Pool, work: Sequence[Work], statistic: Statistic) -> list[int]:
    """Return for each hour of a day the *statistic* of the workers that *work* needs in its minutes, if none waits."""
    minutes = [0.0] * int(DAY_SEC / MINUTE_SEC)
    for each in work:
        first, last = (int(second / MINUTE_SEC) for second in (each.ready_sec, each.ready_sec + each.run_sec))
        for minute in range(first, min(last + 1, len(minutes))):
            minutes[minute] += 1
    per_hour = int(HOUR_SEC / MINUTE_SEC)
    hours = [minutes[start : start + per_hour] for start in range(0, len(minutes), per_hour)]
    return [min(pool.maximum, ceil(aggregate(hour, statistic) / pool.slots)) for hour in hours]
