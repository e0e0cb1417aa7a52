"""The workers that the autoscaler orders ahead of scheduled runs, from the metric that it publishes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from constructs_lib.shared.workers_missing import FORECAST_METRIC, NAMESPACE, QUIET_SEC, dimensions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_on_fargate.operations.composed_stage import ComposedStage
    from airflow_on_fargate.operations.waiting import Clock

MAX_AGE = timedelta(seconds=3 * QUIET_SEC)
"""The autoscaler publishes every half minute or more often, and a number takes a moment until it can be read."""


def read_forecast(stage: ComposedStage, cloudwatch: Any, clock: Clock) -> Mapping[str, int]:  # noqa: ANN401 boto3 creates the type
    """
    Return how many workers are ordered ahead of scheduled runs, by service, where some are.

    A role of an older version may not read metrics: then none are known.

    Raises:
        botocore.exceptions.ClientError: AWS refuses for another reason.

    """
    services = [service.name for service in stage.services if service.is_worker and service.scaled]
    now = clock.now()
    queries = [
        {
            "Id": f"m{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": NAMESPACE,
                    "MetricName": FORECAST_METRIC,
                    "Dimensions": [
                        {"Name": name, "Value": value}
                        for name, value in dimensions(cluster=stage.cluster, service=service).items()
                    ],
                },
                "Period": 1,
                "Stat": "Maximum",
            },
        }
        for number, service in enumerate(services)
    ]
    if not queries:
        return {}
    try:
        found = cloudwatch.get_metric_data(
            MetricDataQueries=queries, StartTime=now - MAX_AGE, EndTime=now, ScanBy="TimestampDescending"
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException"):
            return {}
        raise
    newest = {each["Id"]: int(each["Values"][0]) for each in found["MetricDataResults"] if each["Values"]}
    return {service: newest[f"m{number}"] for number, service in enumerate(services) if newest.get(f"m{number}")}
