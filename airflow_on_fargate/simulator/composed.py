"""Read a stage from the Terraform JSON that `make synth` writes."""

from __future__ import annotations

import json
from math import inf
from typing import TYPE_CHECKING

from airflow_on_fargate.simulator.airflow import Limits
from airflow_on_fargate.simulator.cloudwatch import Alarm
from airflow_on_fargate.simulator.scaling import Step, StepScaling
from airflow_on_fargate.simulator.stage import Pool, Stage
from constructs_lib.engine.synthesized_stack import SynthesizedStack, environment
from constructs_lib.engine.template import resource_names
from constructs_lib.settings.processes import AUTOSCALER, MIGRATE, SCHEDULER, WORKER
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.shared.workers_missing import Bounds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from constructs_lib.engine.synthesized_stack import Attributes, EcsService


def read_stage(name: str, stacks: Path) -> Stage:
    """
    Return the stage *name* out of the folder *stacks*, `cdktf.out/stacks`.

    Raises:
        BadInputError: it is not there, or no pool of workers is scaled in it.

    """
    stack = SynthesizedStack.of_stage(name, stacks)
    pools = {pool.queue: pool for pool in _pools(stack)}
    if not pools:
        msg = f"stage {name!r} has no worker pool that scales; define one in worker_pools in stages.py"
        raise BadInputError(msg)
    return Stage(name=name, pools=pools)


def _pools(stack: SynthesizedStack) -> Iterator[Pool]:
    """Yield the pools that the autoscaler counts for."""
    services = {service.name: service for service in stack.services()}
    for autoscaler, _ in _with_container(stack, AUTOSCALER.name):
        for queue, counted in json.loads(environment(autoscaler)["AIRFLOW_FARGATE_WORKER_POOLS"]).items():
            yield _pool(stack, queue, service=services[counted["service"]], bounds=Bounds.of(counted))


def _pool(stack: SynthesizedStack, queue: str, *, service: EcsService, bounds: Bounds) -> Pool:
    weights = {
        each["capacity_provider"]: float(each["weight"]) for each in service.attributes["capacity_provider_strategy"]
    }
    definition = stack.all("aws_ecs_task_definition")[service.task_definition]
    worker = stack.containers(service.task_definition)[WORKER.name]
    variables = environment(worker)
    queues = json.loads(variables["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__PREDEFINED_QUEUES"])
    [on_aws] = resource_names(queues[queue]["url"], "aws_sqs_queue")
    return Pool(
        queue=queue,
        slots=bounds.slots,
        prewarm_max=bounds.prewarm_max,
        cpu=int(definition["cpu"]),
        memory_mib=int(definition["memory"]),
        architecture=definition["runtime_platform"]["cpu_architecture"],
        on_fargate=all(each.startswith("FARGATE") for each in weights),
        spot_share=weights.get("FARGATE_SPOT", 0.0) / sum(weights.values()),
        minimum=service.minimum,
        maximum=service.maximum,
        protects=variables.get("AIRFLOW_FARGATE_TASK_PROTECTION") == "True",
        stop_timeout_sec=float(worker["stopTimeout"]),
        long_poll_sec=float(variables["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__WAIT_TIME_SECONDS"]),
        visibility_timeout_sec=float(stack.all("aws_sqs_queue")[on_aws]["visibility_timeout_seconds"]),
        limits=_limits(stack, queue),
        policies=tuple(_policies(stack, service)),
    )


def _limits(stack: SynthesizedStack, queue: str) -> Limits:
    [(container, count)] = _with_container(stack, SCHEDULER.name)
    scheduler = environment(container)
    migrate, _ = next(_with_container(stack, MIGRATE.name))
    pool_slots: dict[str, int] = json.loads(environment(migrate)["AIRFLOW_FARGATE_POOL_SLOTS"])
    return Limits(
        parallelism=int(scheduler["AIRFLOW__CORE__PARALLELISM"]),
        max_active_tasks_per_dag=int(scheduler["AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG"]),
        default_pool_slots=pool_slots.get(queue, int(scheduler["AIRFLOW__CORE__DEFAULT_POOL_TASK_SLOT_COUNT"])),
        schedulers=count,
        task_queued_timeout_sec=float(scheduler["AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT"]),
        task_queued_check_sec=float(scheduler["AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL"]),
        stuck_retries=int(scheduler["AIRFLOW__SCHEDULER__NUM_STUCK_IN_QUEUED_RETRIES"]),
        max_tis_per_query=int(scheduler["AIRFLOW__SCHEDULER__MAX_TIS_PER_QUERY"]),
        idle_sleep_sec=float(scheduler["AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME"]),
    )


def _policies(stack: SynthesizedStack, service: EcsService) -> Iterator[StepScaling]:
    """Yield the step scaling policies of a service, each with the alarm that sets it off."""
    for alarm in stack.all("aws_cloudwatch_metric_alarm").values():
        for action in resource_names(alarm.get("alarm_actions"), "aws_appautoscaling_policy"):
            policy = stack.all("aws_appautoscaling_policy")[action]
            [target] = resource_names(policy["resource_id"], "aws_appautoscaling_target")
            if target == service.target:
                yield _policy(policy["step_scaling_policy_configuration"], alarm)


def _policy(steps: Attributes, alarm: Attributes) -> StepScaling:
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


def _with_container(stack: SynthesizedStack, name: str) -> Iterator[tuple[Attributes, int]]:
    """Yield each container of that name, and how many tasks its service has."""
    for service in stack.services():
        if container := stack.containers(service.task_definition).get(name):
            yield container, service.count
