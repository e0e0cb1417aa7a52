"""Promises of how workers follow their work."""

import json
from itertools import pairwise

import pytest

from constructs_lib.airflow.workers import in_steps, out_steps
from constructs_lib.ecs.service_scaling import StepAdjustment
from constructs_lib.engine.synthesized_stack import capacity
from constructs_lib.shared.workers_missing import MAX_STEPS
from tests.template import Template, environment, secrets
from tests.variants import VARIANTS, variant, with_other_values

MAX_CHANGES = [1, 2, 19, 20, 21, 50, 1000]
with_pools = pytest.mark.parametrize("name", [name for name, settings in VARIANTS.items() if settings.worker_pools])


@pytest.fixture(name="scaled", scope="module")
def _scaled() -> Template:
    """Return a stage with a pool whose every number is another one than the default."""
    return with_other_values("split")


def test_a_pools_numbers_are_its_scaling(scaled: Template) -> None:
    """A pool's bounds, cooldowns and minutes of surplus are those of its scaling."""
    target = scaled.all("aws_appautoscaling_target")["worker_default_scaling"]
    policies, alarms = scaled.all("aws_appautoscaling_policy"), scaled.all("aws_cloudwatch_metric_alarm")
    out, in_ = (policies[f"worker_default_scaling_{way}"]["step_scaling_policy_configuration"] for way in ("out", "in"))

    assert tuple(map(capacity, (target["min_capacity"], target["max_capacity"]))) == (1, 60)
    assert (out["cooldown"], in_["cooldown"]) == (20, 240)
    assert alarms["worker_default_scaling_surplus"]["evaluation_periods"] == 3
    # From one worker to the most at once, and back.
    assert out["step_adjustment"][-1] == {"metric_interval_lower_bound": "58", "scaling_adjustment": 59}
    assert in_["step_adjustment"][-1] == {"metric_interval_upper_bound": "-58", "scaling_adjustment": -59}
    assert len(out["step_adjustment"]) == len(in_["step_adjustment"]) == 20
    assert {each["metric_aggregation_type"] for each in (out, in_)} == {"Maximum"}


@with_pools
def test_each_pool_has_an_alarm_out_and_one_in(name: str) -> None:
    """A pool scales out on the first datapoint, scales in after minutes of surplus, and does nothing without data."""
    template = variant(name)
    alarms = template.all("aws_cloudwatch_metric_alarm")

    assert len(alarms) == 2 * len(VARIANTS[name].worker_pools)
    for label, alarm in alarms.items():
        base, _, way = label.rpartition("_")
        policy = f"{base}_{'out' if way == 'missing' else 'in'}"
        assert alarm["alarm_actions"] == [f"${{aws_appautoscaling_policy.{policy}.arn}}"]
        assert (alarm["namespace"], alarm["metric_name"]) == ("AirflowFargate", "WorkersMissing")
        assert alarm["statistic"] == "Maximum"
        assert alarm["treat_missing_data"] == "notBreaching"
        watched = (alarm["period"], alarm["evaluation_periods"], alarm["comparison_operator"], alarm["threshold"])
        assert watched == (
            (10, 1, "GreaterThanOrEqualToThreshold", 1)
            if way == "missing"
            else (60, 5, "LessThanOrEqualToThreshold", -1)
        )


@with_pools
def test_an_alarm_watches_what_the_autoscaler_publishes(name: str) -> None:
    """The alarms watch the metrics of the cluster and the services in the autoscaler's environment."""
    template = variant(name)
    [variables] = [environment(each) for _, each in template.all_containers() if each["name"] == "autoscaler"]
    published = [
        {"ClusterName": variables["AIRFLOW_FARGATE_CLUSTER"], "ServiceName": pool["service"]}
        for pool in json.loads(variables["AIRFLOW_FARGATE_WORKER_POOLS"]).values()
    ]
    watched = [alarm["dimensions"] for alarm in template.all("aws_cloudwatch_metric_alarm").values()]

    assert sorted(watched, key=str) == sorted([*published, *published], key=str)


def test_the_autoscaler_knows_the_pools(scaled: Template) -> None:
    """The autoscaler gets the pools' slots and bounds, and of Airflow only the address of the database."""
    autoscaler = scaled.containers("scheduler")["autoscaler"]
    variables = environment(autoscaler)

    assert json.loads(variables["AIRFLOW_FARGATE_WORKER_POOLS"]) == {
        "default": {"service": "worker-default", "slots": 4, "least": 1, "most": 60}
    }
    assert not [name for name in variables if name.startswith("AIRFLOW__")]
    assert secrets(autoscaler).keys() == {"DB_USER", "DB_PASSWORD"}
    assert autoscaler["restartPolicy"]["enabled"] is True
    assert autoscaler["command"] == ["autoscaler"]


def test_only_the_autoscalers_task_publishes(split: Template) -> None:
    """Only the autoscaler's task can publish the metric, and it can describe only the workers' services."""
    mine = {"cloudwatch:PutMetricData", "ecs:DescribeServices"}

    for name in split.all("aws_ecs_service"):
        assert split.actions(f"{name}_task") & mine == (mine if name == "scheduler" else set())
    [seen] = [each for _, each in split.statements(name="scheduler_task") if "ecs:DescribeServices" in each["Action"]]
    assert [resource.rpartition(":")[2] for resource in seen["Resource"]] == ["service/airflow-prod/worker-*"]


def test_without_a_pool_nobody_publishes(compact: Template) -> None:
    """A stage without pools has no role that can publish the metric."""
    assert "autoscaler" not in compact.containers("airflow")
    assert not {"cloudwatch:PutMetricData", "ecs:DescribeServices"} & compact.actions("airflow_task")


def test_a_pool_may_be_one_number() -> None:
    """A pool with equal bounds has scaling too, because only scaling can change the service's count."""
    template = variant("spot")
    [out] = [
        each["step_scaling_policy_configuration"]["step_adjustment"]
        for name, each in template.all("aws_appautoscaling_policy").items()
        if name.endswith("out")
    ]

    assert out == [{"metric_interval_lower_bound": "0", "scaling_adjustment": 1}]


def test_a_burst_is_queued_at_once(split: Template) -> None:
    """Airflow queues tasks for all slots in one round, so the first alarm sees the whole number."""
    scheduler = environment(split.containers("scheduler")["scheduler"])

    assert scheduler["AIRFLOW__SCHEDULER__MAX_TIS_PER_QUERY"] == scheduler["AIRFLOW__CORE__PARALLELISM"] == "120"


@pytest.mark.parametrize("name", VARIANTS)
def test_without_a_way_to_the_internet_there_is_one_to_cloudwatch(name: str) -> None:
    """A network without a route to the internet has an endpoint for CloudWatch if the stage has an autoscaler."""
    settings, template = VARIANTS[name], variant(name)
    endpoints = {each["service_name"].rpartition(".")[2] for each in template.all("aws_vpc_endpoint").values()}

    if settings.nat == "none" and not settings.existing_network:
        assert ("monitoring" in endpoints) is bool(settings.worker_pools)


def test_cloudwatch_is_reached_by_an_endpoint() -> None:
    """A stage with pools and without NAT reaches CloudWatch by an endpoint."""
    endpoints = with_other_values("no_nat").all("aws_vpc_endpoint").values()

    assert "monitoring" in {each["service_name"].rpartition(".")[2] for each in endpoints}


def adjustment(steps: list[StepAdjustment], distance: int) -> int:
    """Return what Application Auto Scaling does when the metric is that far from the alarm's threshold."""
    # AWS: above the threshold the lower bound belongs to the step, below it the upper one.
    [found] = [
        step.adjustment
        for step in steps
        if (
            (step.lower is None or step.lower <= distance) and (step.upper is None or distance < step.upper)
            if distance > 0 or step.adjustment > 0
            else (step.lower is None or step.lower < distance) and (step.upper is None or distance <= step.upper)
        )
    ]
    return found


@pytest.mark.parametrize("max_change", MAX_CHANGES)
def test_steps_cover_every_number_once(max_change: int) -> None:
    """The steps start at the threshold, have no gaps, overlaps or end, and are at most twenty."""
    steps = out_steps(max_change)

    assert 1 <= len(steps) <= MAX_STEPS
    assert steps[0].lower == 0
    assert [step.upper for step in steps] == [*(after.lower for _, after in pairwise(steps)), None]


@pytest.mark.parametrize("max_change", MAX_CHANGES)
def test_never_more_is_done_than_is_needed_and_never_much_less(max_change: int) -> None:
    """A step changes the count by no more than the metric, and by two thirds of it or more."""
    for number in range(1, max_change + 1):
        for steps, distance, sign in ((out_steps(max_change), number - 1, 1), (in_steps(max_change), 1 - number, -1)):
            done = sign * adjustment(steps, distance)

            assert done <= number
            assert done > number * 2 / 3 or number - done < 2
            assert done == number or (number > 4 and number < max_change and max_change > MAX_STEPS)


def test_one_by_one_while_they_are_few() -> None:
    """Up to twenty workers, each number has its own step."""
    assert [step.adjustment for step in out_steps(20)] == list(range(1, 21))
    assert in_steps(2) == [
        StepAdjustment(lower=-1, upper=0, adjustment=-1),
        StepAdjustment(lower=None, upper=-1, adjustment=-2),
    ]
