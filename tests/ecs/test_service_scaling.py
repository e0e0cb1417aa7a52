"""Promises of what changes how many tasks of a service run."""

import pytest

from constructs_lib.engine.synthesized_stack import capacity
from tests.template import Template
from tests.variants import variant, with_other_values


@pytest.fixture(name="busy")
def _busy() -> Template:
    """Return a stage whose api-server and triggerer may become more."""
    return with_other_values("split")


def test_api_server_and_triggerer_follow_their_cpu(busy: Template) -> None:
    """With `max_count`, api-server and triggerer follow their CPU by AWS's alarms."""
    targets, policies = busy.all("aws_appautoscaling_target"), busy.all("aws_appautoscaling_policy")

    for name, bounds in (("api_server", (1, 3)), ("triggerer", (2, 4))):
        target, policy = targets[f"{name}_scaling"], policies[f"{name}_scaling_cpu"]
        assert tuple(map(capacity, (target["min_capacity"], target["max_capacity"]))) == bounds
        assert policy["policy_type"] == "TargetTrackingScaling"
        tracking = policy["target_tracking_scaling_policy_configuration"]
        assert tracking["target_value"] == 60
        # Unset, the provider would send 0: no pause at all.
        assert (tracking["scale_out_cooldown"], tracking["scale_in_cooldown"]) == (60, 300)
        assert tracking["predefined_metric_specification"] == {
            "predefined_metric_type": "ECSServiceAverageCPUUtilization"
        }


def test_a_count_that_is_fixed_lands_when_it_is_changed(busy: Template) -> None:
    """Terraform ignores the counts of services that scale, and of no others."""
    services = busy.all("aws_ecs_service")
    left = {name for name, each in services.items() if "desired_count" in str(each.get("lifecycle"))}

    assert left == {"api_server", "triggerer", "worker_default"}
    assert capacity(services["scheduler"]["desired_count"]) == 2
    assert capacity(services["triggerer"]["desired_count"]) == 2


def test_nothing_scales_that_is_not_asked_to() -> None:
    """A stage without worker pools and `max_count` has no scaling."""
    template = variant("compact")

    for kind in ("aws_appautoscaling_target", "aws_appautoscaling_policy", "aws_cloudwatch_metric_alarm"):
        assert template.all(kind) == {}


def test_a_target_comes_after_its_service_and_a_policy_after_its_target(template: Template) -> None:
    """A scalable target comes after its service, and a policy after its target."""
    for name, target in template.all("aws_appautoscaling_target").items():
        service = target["resource_id"].rpartition("/")[2].replace("-", "_")
        assert f"aws_ecs_service.{service}" in template.needs(f"aws_appautoscaling_target.{name}")
    for name, policy in template.all("aws_appautoscaling_policy").items():
        [scaled] = {f"aws_appautoscaling_target.{each}" for each in template.all("aws_appautoscaling_target")} & (
            template.needs(f"aws_appautoscaling_policy.{name}")
        )
        assert scaled.partition(".")[2] in policy["resource_id"]


def test_a_target_is_a_service_of_the_cluster(template: Template) -> None:
    """A scalable target has the id of a service in the cluster."""
    services = {each["name"] for each in template.all("aws_ecs_service").values()}
    [cluster] = [each["name"] for each in template.all("aws_ecs_cluster").values()]

    for target in template.all("aws_appautoscaling_target").values():
        kind, its_cluster, service = target["resource_id"].split("/")
        assert (kind, its_cluster) == ("service", cluster)
        assert service in services
        assert target["scalable_dimension"] == "ecs:service:DesiredCount"
