"""Read a stage out of the Terraform JSON that `make synth` writes."""

from __future__ import annotations

import json
import re
from math import inf
from typing import TYPE_CHECKING, Any

from constructs_lib.ecs.what_runs import count_while_running
from constructs_lib.shared.bad_input import BadInputError, nearest
from simulator.airflow import Limits
from simulator.cloudwatch import Alarm
from simulator.scaling import Step, StepScaling
from simulator.stage import Pool, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Properties = dict[str, Any]
Resources = dict[str, dict[str, Properties]]


def read_stage(name: str, stacks: Path) -> Stage:
    """
    Return the stage *name* out of the folder *stacks*, `cdktf.out/stacks`.

    Raises:
        BadInputError: it is not there, or no pool of workers is scaled in it.

    """
    # By the names of the folders, so that no stage leads out of *stacks*.
    there = {each.parent.name.removeprefix("airflow-"): each for each in stacks.glob("airflow-*/cdk.tf.json")}
    if name not in there:
        msg = f"stage {name!r} is not in {stacks}; {nearest(name, there) if there else 'compose it with `make synth`'}"
        raise BadInputError(msg)
    resources: Resources = json.loads(there[name].read_text(encoding="utf-8"))["resource"]
    pools = {pool.queue: pool for pool in _pools(resources)}
    if not pools:
        msg = f"stage {name!r} has no workers that scale; give it a pool in `worker_pools` (stages.py)"
        raise BadInputError(msg)
    return Stage(name=name, pools=pools)


def _limits(resources: Resources, queue: str) -> Limits:
    [(container, count)] = _with_container(resources, "scheduler")
    scheduler = _variables(container)
    migrate, _ = next(_with_container(resources, "migrate"))
    pool_slots: dict[str, int] = json.loads(_variables(migrate)["AIRFLOW_FARGATE_POOL_SLOTS"])
    return Limits(
        parallelism=int(scheduler["AIRFLOW__CORE__PARALLELISM"]),
        max_active_tasks_per_dag=int(scheduler["AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG"]),
        default_pool_slots=pool_slots.get(queue, int(scheduler["AIRFLOW__CORE__DEFAULT_POOL_TASK_SLOT_COUNT"])),
        schedulers=count,
        task_queued_timeout_sec=float(scheduler["AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT"]),
        max_tis_per_query=int(scheduler["AIRFLOW__SCHEDULER__MAX_TIS_PER_QUERY"]),
        idle_sleep_sec=float(scheduler["AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME"]),
    )


def _pools(resources: Resources) -> Iterator[Pool]:
    """Yield the pools that the autoscaler counts for."""
    for autoscaler, _ in _with_container(resources, "autoscaler"):
        for queue, counted in json.loads(_variables(autoscaler)["AIRFLOW_FARGATE_WORKER_POOLS"]).items():
            yield _pool(resources, queue, service_name=counted["service"], slots=counted["slots"])


def _pool(resources: Resources, queue: str, *, service_name: str, slots: int) -> Pool:
    service = next(each for each in resources["aws_ecs_service"].values() if each["name"] == service_name)
    target_name, target = next(
        (name, each)
        for name, each in resources["aws_appautoscaling_target"].items()
        if each["resource_id"].endswith(f"/{service_name}")
    )
    weights = {each["capacity_provider"]: float(each["weight"]) for each in service["capacity_provider_strategy"]}
    definition = resources["aws_ecs_task_definition"][_name("aws_ecs_task_definition", service["task_definition"])]
    worker = _containers(definition)["worker"]
    variables = _variables(worker)
    queues = json.loads(variables["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__PREDEFINED_QUEUES"])
    return Pool(
        queue=queue,
        slots=slots,
        cpu=int(definition["cpu"]),
        memory_mib=int(definition["memory"]),
        architecture=definition["runtime_platform"]["cpu_architecture"],
        on_fargate=all(each.startswith("FARGATE") for each in weights),
        spot_share=weights.get("FARGATE_SPOT", 0.0) / sum(weights.values()),
        minimum=count_while_running(target["min_capacity"]),
        maximum=count_while_running(target["max_capacity"]),
        protects=variables.get("AIRFLOW_FARGATE_TASK_PROTECTION") == "True",
        stop_timeout_sec=float(worker["stopTimeout"]),
        visibility_timeout_sec=float(
            resources["aws_sqs_queue"][_name("aws_sqs_queue", queues[queue]["url"])]["visibility_timeout_seconds"]
        ),
        limits=_limits(resources, queue),
        policies=tuple(_policies(resources, target_name)),
    )


def _name(kind: str, text: str) -> str:
    """Return the name of the resource of the type *kind* that *text* refers to."""
    names: list[str] = re.findall(rf"\b{kind}\.([\w-]+)", text)
    return names[0]


def _policies(resources: Resources, target: str) -> Iterator[StepScaling]:
    """Yield the step scaling policies of a scalable target, each with the alarm that sets it off."""
    for alarm in resources.get("aws_cloudwatch_metric_alarm", {}).values():
        for action in alarm.get("alarm_actions", ()):
            policy = resources["aws_appautoscaling_policy"][_name("aws_appautoscaling_policy", action)]
            if _name("aws_appautoscaling_target", policy["resource_id"]) == target:
                yield _policy(policy["step_scaling_policy_configuration"], alarm)


def _policy(steps: Properties, alarm: Properties) -> StepScaling:
    periods = int(alarm["evaluation_periods"])
    return StepScaling(
        alarm=Alarm(
            period_sec=int(alarm["period"]),
            evaluation_periods=periods,
            datapoints_to_alarm=int(alarm.get("datapoints_to_alarm", periods)),
            statistic=alarm["statistic"],
            threshold=float(alarm["threshold"]),
            comparison=alarm["comparison_operator"],
            missing_data=alarm.get("treat_missing_data", "missing"),
        ),
        cooldown_sec=float(steps["cooldown"]),
        steps=tuple(
            Step(
                lower=float(each.get("metric_interval_lower_bound", -inf)),
                upper=float(each.get("metric_interval_upper_bound", inf)),
                adjustment=int(each["scaling_adjustment"]),
            )
            for each in steps["step_adjustment"]
        ),
        aggregation=steps.get("metric_aggregation_type", "Average"),
    )


def _with_container(resources: Resources, name: str) -> Iterator[tuple[Properties, int]]:
    """Yield each container of that name, and how many tasks its service has."""
    for service in resources["aws_ecs_service"].values():
        definition = resources["aws_ecs_task_definition"][_name("aws_ecs_task_definition", service["task_definition"])]
        if container := _containers(definition).get(name):
            yield container, count_while_running(service["desired_count"])


def _containers(definition: Properties) -> dict[str, Properties]:
    return {each["name"]: each for each in json.loads(definition["container_definitions"])}


def _variables(container: Properties) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container.get("environment", ())}
