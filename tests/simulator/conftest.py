"""A stage as `make synth` composes it."""

import json
from math import isinf
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.worker_pool import WorkerPool
from tests.simulator.stages import IN, OUT
from tests.variants import changed


@pytest.fixture(name="composed", scope="session")
def _composed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the stacks; in it is `prod`, whose default pool has 0 to 20 workers."""
    stacks = tmp_path_factory.mktemp("stacks")
    document = changed("split", worker_pools={"default": WorkerPool(min=0, max=20)}).document
    (stacks / "airflow-prod").mkdir()
    (stacks / "airflow-prod" / "cdk.tf.json").write_text(json.dumps(scaled(document)))
    return stacks


def scaled(document: Any) -> Any:  # noqa: ANN401 as JSON is
    """Add what scales the default pool, until the stack has it."""
    resources = json.loads(json.dumps(document["resource"]))
    definition = resources["aws_ecs_task_definition"]["scheduler"]
    counted = {"default": {"service": "worker-default", "slots": 4, "least": 0, "most": 20}}
    containers = json.loads(definition["container_definitions"])
    variable = {"name": "AIRFLOW_FARGATE_WORKER_POOLS", "value": json.dumps(counted)}
    containers.append({"name": "autoscaler", "environment": [variable]})
    definition["container_definitions"] = json.dumps(containers)
    resources["aws_appautoscaling_target"] = {
        "t": {"resource_id": "service/airflow-prod/worker-default", "min_capacity": 0, "max_capacity": 20}
    }
    resources["aws_appautoscaling_policy"], resources["aws_cloudwatch_metric_alarm"] = {}, {}
    for name, policy in (("out", OUT), ("in", IN)):
        resources["aws_appautoscaling_policy"][name] = {
            "resource_id": "${aws_appautoscaling_target.t.resource_id}",
            "step_scaling_policy_configuration": {
                "cooldown": policy.cooldown_sec,
                "metric_aggregation_type": policy.aggregation,
                "step_adjustment": [
                    {"scaling_adjustment": step.adjustment}
                    | {
                        f"metric_interval_{bound}_bound": str(value)
                        for bound, value in (("lower", step.lower), ("upper", step.upper))
                        if not isinf(value)
                    }
                    for step in policy.steps
                ],
            },
        }
        resources["aws_cloudwatch_metric_alarm"][name] = {
            "alarm_actions": [f"${{aws_appautoscaling_policy.{name}.arn}}"],
            "period": policy.alarm.period_sec,
            "evaluation_periods": policy.alarm.evaluation_periods,
            "statistic": policy.alarm.statistic,
            "threshold": policy.alarm.threshold,
            "comparison_operator": policy.alarm.comparison,
            "treat_missing_data": policy.alarm.missing_data,
        }
    return {"resource": resources}
