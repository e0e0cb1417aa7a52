"""Promises of the cluster."""

from tests.template import Template, environment
from tests.variants import variant, with_other_values


def test_container_insights_are_the_settings(compact: Template) -> None:
    """Container Insights has the level of the settings."""
    stages = {
        "enabled": compact,
        "enhanced": with_other_values("compact"),
        "disabled": with_other_values("split"),
    }

    for level, template in stages.items():
        assert template.one("aws_ecs_cluster")["setting"] == [{"name": "containerInsights", "value": level}]


def test_it_offers_fargate_and_what_the_stage_adds(template: Template) -> None:
    """The cluster has Fargate, Fargate Spot and, if configured, EC2 as capacity providers."""
    providers = template.one("aws_ecs_cluster_capacity_providers")
    added = [f"${{aws_ecs_capacity_provider.{name}.name}}" for name in template.all("aws_ecs_capacity_provider")]

    assert providers["capacity_providers"] == ["FARGATE", "FARGATE_SPOT", *added]
    assert "default_capacity_provider_strategy" not in providers


def test_all_services_run_in_it(template: Template) -> None:
    """All services run in the stage's one cluster."""
    assert {service["cluster"] for service in template.all("aws_ecs_service").values()} == {
        "${aws_ecs_cluster.cluster.arn}"
    }


def test_a_pools_workers_protect_their_tasks() -> None:
    """A pool's workers protect their tasks, and the worker in the compact task does not."""
    template = variant("worker_pools")
    wanted = {
        name: environment(template.containers(name)["worker"])["AIRFLOW_FARGATE_TASK_PROTECTION"]
        for name in ("airflow", "worker_spot", "worker_high_memory")
    }

    assert wanted == {"airflow": "False", "worker_spot": "True", "worker_high_memory": "True"}
    for name, wants in wanted.items():
        protects = {"ecs:GetTaskProtection", "ecs:UpdateTaskProtection"} <= set(template.actions(f"{name}_task"))
        assert protects is (wants == "True")
