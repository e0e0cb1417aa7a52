"""Promises of the forecast that the status shows."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from airflow_on_fargate.operations.composed_stage import ComposedService
from airflow_on_fargate.operations.forecast_metric import read_forecast
from airflow_on_fargate.operations.waiting import CLOCK
from constructs_lib.shared.workers_missing import FORECAST_METRIC, NAMESPACE, dimensions
from tests.airflow_on_fargate.operations.stage_in_moto import NAME, REGION, make
from tests.airflow_on_fargate.operations.test_switch import CORE, WORKERS

LARGE = ComposedService("worker-large", "airflow-dev-worker-large", scaled=True)


def client() -> Any:  # noqa: ANN401 boto3 creates the type
    """Return a client of CloudWatch."""
    make_client: Any = boto3.client  # whose types know each service by its literal name
    return make_client("cloudwatch", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")


def test_the_newest_number_of_each_pool_is_read() -> None:
    """The forecast has each pool with workers that are ordered ahead, and the newest number."""
    with mock_aws():
        cloudwatch = client()
        for service, numbers in {WORKERS.name: [7, 3], LARGE.name: [0]}.items():
            for second, number in enumerate(numbers):
                named = dimensions(cluster=NAME, service=service).items()
                data = {
                    "MetricName": FORECAST_METRIC,
                    "Dimensions": [{"Name": name, "Value": value} for name, value in named],
                    "Value": number,
                    "Timestamp": CLOCK.now().timestamp() - 10 + second,
                }
                cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=[data])

        assert read_forecast(make(CORE, WORKERS, LARGE).stage, cloudwatch, CLOCK) == {WORKERS.name: 3}


def test_a_stage_without_a_pool_has_no_forecast() -> None:
    """Without a pool that scales AWS is not asked."""
    cloudwatch = client()
    with Stubber(cloudwatch):
        assert read_forecast(make(CORE).stage, cloudwatch, CLOCK) == {}


def test_a_role_that_may_not_read_metrics_has_no_forecast() -> None:
    """A denied call is no failure of the status, and another error is."""
    cloudwatch = client()
    with Stubber(cloudwatch) as aws:
        aws.add_client_error("get_metric_data", "AccessDenied")
        aws.add_client_error("get_metric_data", "InternalServiceFault")

        assert read_forecast(make(WORKERS).stage, cloudwatch, CLOCK) == {}
        with pytest.raises(ClientError, match="InternalServiceFault"):
            read_forecast(make(WORKERS).stage, cloudwatch, CLOCK)
