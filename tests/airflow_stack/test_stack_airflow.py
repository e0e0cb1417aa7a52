"""Promises of the whole stack: how Airflow's processes run, and what they may do."""

import re

import pytest

from constructs_lib.engine.synthesized_stack import capacity
from constructs_lib.push_image import WORDS
from tests.template import Template
from tests.variants import READ_VENDOR, VARIANTS, variant, with_other_values


class TestServices:
    def test_a_failed_deployment_is_rolled_back(self, template: Template) -> None:
        """The deployment circuit breaker rolls back a deployment whose tasks do not become healthy."""
        for service in template.all("aws_ecs_service").values():
            assert service["deployment_circuit_breaker"] == {"enable": True, "rollback": True}

    @pytest.mark.parametrize("name", VARIANTS)
    def test_fargates_version_is_the_stages(self, name: str) -> None:
        """Every service on Fargate has the platform version of the settings."""
        for service in variant(name).all("aws_ecs_service").values():
            on_ec2 = service["capacity_provider_strategy"][0]["capacity_provider"].endswith("-ec2")
            assert service.get("platform_version") == (None if on_ec2 else VARIANTS[name].platform_version)

    @pytest.mark.parametrize("name", VARIANTS)
    def test_a_service_runs_what_its_capacity_can_run(self, name: str) -> None:
        """A service's task definition fits its capacity and its processor."""
        template, ec2 = variant(name), VARIANTS[name].ec2_capacity
        for service, properties in template.all("aws_ecs_service").items():
            definition = template.all("aws_ecs_task_definition")[service]
            [kind] = definition["requires_compatibilities"]
            for item in properties["capacity_provider_strategy"]:
                assert item["capacity_provider"].startswith("FARGATE") is (kind == "FARGATE")
            if kind == "EC2":
                assert ec2
                assert definition["runtime_platform"]["cpu_architecture"] == ec2.architecture

    def test_a_service_on_instances_is_spread_and_then_packed(self) -> None:
        """A service on EC2 is spread over zones and packed on few instances, and one on Fargate is not."""
        for name, service in variant("ec2").all("aws_ecs_service").items():
            wanted = [
                {"type": "spread", "field": "attribute:ecs.availability-zone"},
                {"type": "binpack", "field": "memory"},
            ]
            assert service.get("ordered_placement_strategy") == (wanted if name == "worker_metal" else None), name

    def test_the_api_server_has_time_to_start(self, template: Template) -> None:
        """The service behind the load balancer has a grace period for its start."""
        [service] = [each for each in template.all("aws_ecs_service").values() if each.get("load_balancer")]

        assert service["health_check_grace_period_seconds"] == 300
        assert service["load_balancer"][0]["container_name"] == "api-server"
        assert service["load_balancer"][0]["container_port"] == 8080

    def test_capacity_and_count_are_the_settings(self) -> None:
        """Only the services whose settings say so run on Spot."""
        services = variant("spot").all("aws_ecs_service")

        assert {
            name: each["capacity_provider_strategy"][0]["capacity_provider"] for name, each in services.items()
        } == {
            "api_server": "FARGATE",
            "dag_processor": "FARGATE",
            "scheduler": "FARGATE",
            "triggerer": "FARGATE",
            "worker_default": "FARGATE_SPOT",
        }
        counts = {name: capacity(each["desired_count"]) for name, each in services.items()}
        assert {name: count for name, count in counts.items() if count > 1} == {"worker_default": 4}

    def test_architecture_is_the_stages(self) -> None:
        """All images and task definitions have the stage's architecture."""
        template = variant("spot")

        for definition in template.all("aws_ecs_task_definition").values():
            assert definition["runtime_platform"]["cpu_architecture"] == "ARM64"
        for push in template.pushes().values():
            assert '"--architecture=ARM64"' in push["provisioner"][0]["local-exec"]["environment"][WORDS]


class TestPermissions:
    def test_a_worker_starts_tasks_of_this_stage_only(self, template: Template) -> None:
        """A worker can start only the stage's task families in the stage's cluster."""
        name = template.one("aws_ecs_cluster")["name"]
        found = [each for _, each in template.statements() if each["Action"] == ["ecs:RunTask"]]

        assert found
        for each in found:
            [resource] = each["Resource"]
            assert resource.endswith(f":task-definition/{name}-*:*")
            assert each["Condition"]["ArnEquals"] == {"ecs:cluster": "${aws_ecs_cluster.cluster.arn}"}

    def test_a_worker_lists_tasks_of_its_cluster_only(self, template: Template) -> None:
        """A worker can list tasks only in its cluster, which a condition ensures."""
        found = [each for _, each in template.statements() if "ecs:ListTasks" in each["Action"]]

        assert found
        for each in found:
            assert (each["Action"], each["Resource"]) == (["ecs:ListTasks"], ["*"])
            assert each["Condition"] == {"ArnEquals": {"ecs:cluster": "${aws_ecs_cluster.cluster.arn}"}}

    def test_a_worker_hands_out_roles_of_tasks_and_not_airflows(self, template: Template) -> None:
        """A worker can pass all roles of on-demand tasks and none of Airflow's."""
        statement, *others = [
            each
            for name, each in template.statements()
            # That one hands its own role to a schedule.
            if "iam:PassRole" in each["Action"] and name != "pause_grants"
        ]
        [resource] = statement["Resource"]
        passable = re.compile(re.escape(resource.rpartition(":role")[2]).replace(r"\*", ".*"))

        assert all(each == statement for each in others)
        assert statement["Action"] == ["iam:PassRole"]
        assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
        for name, role in template.all("aws_iam_role").items():
            assert bool(passable.fullmatch(role["path"] + role["name"])) is name.startswith("dag_tasks_"), name

    def test_only_who_needs_it_is_allowed(self, split: Template) -> None:
        """Each process has only the permissions of its own work."""
        actions = {service: split.actions(f"{service}_task") for service in split.all("aws_ecs_service")}

        def users(action: str) -> set[str]:
            return {process for process, allowed in actions.items() if action in allowed}

        assert users("ecs:RunTask") == users("iam:PassRole") == {"worker_default"}
        assert users("sqs:SendMessage") == {"scheduler"}
        assert users("sqs:ReceiveMessage") == users("sqs:DeleteMessage") == {"worker_default"}
        assert users("s3:GetObject") == {"api_server", "dag_processor", "worker_default", "triggerer"}
        assert users("s3:PutObject") == {"worker_default", "triggerer"}
        assert users("secretsmanager:GetSecretValue") == {"api_server", "dag_processor", "triggerer"}

    def test_a_stages_own_statements_go_to_their_process(self) -> None:
        """The `permissions` of a process are granted only to its role."""
        template = with_other_values("split")

        assert [name for name, each in template.statements() if each["Resource"] == list(READ_VENDOR["resources"])] == [
            "dag_processor_task"
        ]
