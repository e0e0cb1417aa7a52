"""Promises of what of a stage is to run."""

import pytest

from constructs_lib.ecs.running import Running
from constructs_lib.ecs.what_runs import is_worker_service
from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.engine.synthesized_stack import capacity
from tests.template import Template
from tests.variants import variant


def test_terraform_makes_it_and_leaves_it_to_others(stack: AddressedStack) -> None:
    """Terraform creates the parameter and ignores its value, which a plan reads."""
    Running(stack, "Running", name="/airflow-dev/running")

    parameter = Template.of(stack).one("aws_ssm_parameter")

    assert (parameter["name"], parameter["insecure_value"]) == ("/airflow-dev/running", "all")
    assert parameter["lifecycle"] == {"ignore_changes": ["insecure_value"]}
    assert parameter["allowed_pattern"] == "^(all|core|nothing)$"


@pytest.mark.parametrize("service", ["airflow", "scheduler", "worker-default"])
def test_a_service_has_its_tasks_while_it_is_to_run(service: str, stack: AddressedStack) -> None:
    """While only the core runs, workers have no tasks, and never the other way round."""
    running = Running(stack, "Running", name="/airflow-dev/running")
    stack.add_override("output.count.value", running.capacity(3, service=service))
    count = Template.of(stack).document["output"]["count"]["value"]
    condition = '== "all"' if is_worker_service(service) else '!= "nothing"'

    assert count == f"${{aws_ssm_parameter.running.insecure_value {condition} ? 3 : 0}}"
    assert capacity(count) == 3


def test_none_are_none(stack: AddressedStack) -> None:
    """A count of zero is a number, not an expression."""
    assert Running(stack, "Running", name="/airflow-dev/running").capacity(0, service="worker") == 0
    assert capacity(0) == 0


def test_terraform_expects_a_paused_stage_as_it_is() -> None:
    """Every number of tasks depends on the parameter, so a plan of a paused stage is empty."""
    template = variant("nights")

    counts = [service["desired_count"] for service in template.all("aws_ecs_service").values()]
    for target in template.all("aws_appautoscaling_target").values():
        counts += [target["min_capacity"], target["max_capacity"]]

    assert len(counts) > 5
    assert not [count for count in counts if count and "aws_ssm_parameter.cluster_running" not in count]
