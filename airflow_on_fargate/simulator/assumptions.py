"""The simulator's assumptions about AWS and Airflow, with their sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_on_fargate.simulator import airflow, cloudwatch, fargate, predictive, scaling, service, sqs, worker

if TYPE_CHECKING:
    from airflow_on_fargate.simulator.stage import Pool


def assumptions(pool: Pool) -> str:
    """Return the rows of a Markdown table: assumption, value and source."""
    rows = (
        *_of_fargate(pool),
        *_of_scaling(),
        (
            "metrics of a queue",
            f"stop after {sqs.IDLE_SEC // 3600} idle hours, return within {sqs.RETURN_SEC // 60} min",
            "AWS: Available CloudWatch metrics for Amazon SQS",
        ),
        (
            "a scheduler queues",
            f"{airflow.QUEUED_PER_SEC:g} task instances/s, up to max_tis_per_query in each loop",
            "measured: 423 no-op tasks a minute, all of Airflow on two processors",
        ),
        (
            "time that a slot needs in addition to the task's run time",
            f"{worker.BEFORE_SEC + worker.AFTER_SEC:g} s, and {worker.COLD_SEC:g} s for a slot's first",
            "measured: 4.0 s for a DAG of one task, 1.1 s for the next",
        ),
    )
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _of_fargate(pool: Pool) -> tuple[tuple[str, str, str], ...]:
    pending = fargate.NETWORK_SEC + fargate.IMAGE_MB * fargate.PULL_SEC_PER_MB
    return (
        (
            "a Fargate task from launch to its container, median",
            f"{pending:.0f} s, log-normal with {fargate.SPREAD}; image of {fargate.IMAGE_MB} MB",
            "70 s for 900 MB (aws/containers-roadmap#696), 76 % of it the image (AWS News Blog on Seekable OCI)",
        ),
        (
            "the worker until it asks for work",
            f"{fargate.worker_sec(pool.cpu):.1f} s",
            "measured with Airflow 3.3.2 and a throttled processor",
        ),
        (
            "launches of tasks",
            f"{fargate.LAUNCHES_PER_SEC}/s after a burst of {fargate.LAUNCH_BURST}",
            "AWS: Request throttling for Amazon ECS",
        ),
        ("ECS acts on a new desired count", f"{service.SERVICE_SCHEDULER_SEC} s", "assumed"),
    )


def _of_scaling() -> tuple[tuple[str, str, str], ...]:
    return (
        ("a metric of our own until an alarm sees it", f"{cloudwatch.OWN_METRIC_DELAY_SEC} s", "assumed"),
        ("a minute's metric of ECS or SQS until an alarm sees it", f"{cloudwatch.AWS_METRIC_DELAY_SEC} s", "assumed"),
        (
            "an alarm is evaluated",
            f"every {cloudwatch.HIGH_RESOLUTION_SEC} s with a period below a minute, else every minute",
            "AWS: Using Amazon CloudWatch alarms",
        ),
        (
            "an alarm that stays repeats its scaling action",
            f"every {cloudwatch.REPEAT_SEC} s",
            "AWS: Using Amazon CloudWatch alarms",
        ),
        ("from the alarm's action to the new desired count", f"{scaling.ACTION_SEC} s", "assumed"),
        (
            "target tracking",
            f"out after {scaling.OUT_MINUTES} min above it, in after {scaling.IN_MINUTES} below {scaling.HEADROOM:.0%}",
            "the alarms that Application Auto Scaling makes",
        ),
        (
            "predictive scaling",
            f"a capacity for each hour, from {predictive.BUFFER_SEC // 60} min before; never scales in",
            "AWS: How Application Auto Scaling predictive scaling works; PredictiveScalingPolicyConfiguration",
        ),
        (
            "its forecast",
            "exact; other policies do not scale in below it",
            "assumed, its best case; AWS bases it on the metrics of up to 14 days and renews it every 6 hours",
        ),
    )
