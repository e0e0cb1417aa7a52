"""Promises of the whole stack: which tasks the roles of Airflow's services start, stop and protect."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from constructs_lib import airflow_stack
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.tags import SERVICE_TAG
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.tasks.dag_tasks import ROLE_PATH
from tests.airflow_on_fargate.pipeline_roles import reference
from tests.airflow_on_fargate.pipeline_roles.evaluator import Request, allows
from tests.ecs_calls import arn, cluster, known_of_task, requests, role_policy, tags
from tests.template import Template, environment
from tests.variants import VARIANTS, compose, make_project, variant, with_other_values

FAMILY = "multi-task"


def starters(template: Template) -> list[str]:
    """Return the roles that start on-demand tasks."""
    return [name for name in template.all("aws_iam_role_policy") if "ecs:RunTask" in template.actions(name)]


def stoppers(template: Template) -> list[str]:
    """Return the roles that stop them."""
    return [name for name in template.all("aws_iam_role_policy") if "ecs:StopTask" in template.actions(name)]


def start(template: Template, **parameters: object) -> list[Request]:
    """Return what IAM decides on when a DAG starts a task of the sample's."""
    family = f"{template.one('aws_ecs_cluster')['name']}-{FAMILY}"
    return list(requests(template, "RunTask", {"taskDefinition": family, **parameters}))


def test_the_services_alone_have_the_tag(template: Template) -> None:
    """Only Airflow's services, their tasks and their task definitions have the tag."""
    services = template.all("aws_ecs_service")
    definitions = template.all("aws_ecs_task_definition")

    for name, service in services.items():
        assert service["tags"] == definitions[name]["tags"] == {SERVICE_TAG: service["name"]}
        assert service["propagate_tags"] == "SERVICE"
    assert not any(tags(each) for name, each in definitions.items() if name not in services)
    assert any(name not in services for name in definitions)


def test_no_task_of_a_service_is_stopped(template: Template) -> None:
    """Roles that can stop on-demand tasks cannot stop tasks of a service."""
    assert stoppers(template)
    stop = Request("ecs:StopTask", arn(template, "ecs", f"task/{template.one('aws_ecs_cluster')['name']}/0a1b"))

    for role in stoppers(template):
        policy = role_policy(template, role)
        assert allows([policy], stop)
        assert allows([policy], replace(stop, context={"aws:ResourceTag/Stack": "airflow-dev"}))
        for service in template.all("aws_ecs_service"):
            assert not allows([policy], replace(stop, context=known_of_task(template, service))), service


@pytest.mark.parametrize("name", ["worker_pools", "nights", "ec2"])
def test_a_worker_protects_tasks_of_its_own_service(name: str) -> None:
    """A worker can protect only tasks of its own service."""
    template = variant(name)
    services = template.all("aws_ecs_service")
    workers = [each for each in services if each.startswith("worker_")]
    task = arn(template, "ecs", f"task/{template.one('aws_ecs_cluster')['name']}/0a1b")

    for worker, service in product(workers, services):
        for action in ("ecs:UpdateTaskProtection", "ecs:GetTaskProtection"):
            call = Request(action, task, known_of_task(template, service))
            assert allows([role_policy(template, f"{worker}_task")], call) is (worker == service)


def test_a_dag_starts_on_demand_tasks_and_nothing_else(template: Template) -> None:
    """A DAG can start only on-demand tasks, and only in the stage's cluster."""
    for role in starters(template):
        policy = [role_policy(template, role)]
        for others in (
            {},
            {"propagateTags": "TASK_DEFINITION"},
            {"overrides": {"cpu": "16384", "memory": "122880"}},
        ):
            assert all(allows(policy, each) for each in start(template, **others)), role
        run = start(template)[0]
        assert not allows(policy, replace(run, context={**run.context, "ecs:cluster": cluster(template) + "x"}))
        assert not allows(policy, replace(run, action="ecs:StartTask"))
        assert not allows(policy, replace(run, action="ecs:ExecuteCommand"))
        for service in template.all("aws_ecs_service"):
            family = template.all("aws_ecs_task_definition")[service]["family"]
            of_airflow = list(requests(template, "RunTask", {"taskDefinition": family}))
            assert not any(allows(policy, each) for each in of_airflow), family


def test_a_task_is_started_without_a_shell(template: Template) -> None:
    """RunTask with ECS Exec is denied."""
    for role in starters(template):
        run = start(template, enableExecuteCommand=True)[0]
        assert not allows([role_policy(template, role)], run)
        without = {**run.context, "ecs:enable-execute-command": "false"}
        assert allows([role_policy(template, role)], replace(run, context=without))


@pytest.mark.parametrize(
    ("size", "is_allowed"),
    [
        ({"cpu": "2048", "memory": "8192"}, True),
        ({"cpu": "4096", "memory": "8192"}, False),
        ({"cpu": "2048", "memory": "9216"}, False),
    ],
)
def test_a_task_is_no_larger_than_the_stage_allows(size: dict[str, str], *, is_allowed: bool) -> None:
    """RunTask above the maximum size is denied, with a numeric comparison."""
    template = with_other_values("split")

    run = start(template, overrides=size)[0]

    assert allows([role_policy(template, "worker_default_task")], run) is is_allowed


def test_a_folder_that_is_larger_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task folder above the maximum size is refused with its file and key, before constructs are defined."""
    monkeypatch.setattr(airflow_stack, "Account", None)

    with pytest.raises(BadInputError) as refused:
        compose(Settings(stage="dev", max_task_cpu=256))

    assert str(refused.value) == (
        "tasks/multi_task/task.toml, stage 'dev': cpu must not be higher than 256, the stage's max_task_cpu, got 512"
    )


def test_a_folder_on_ec2_may_be_larger_than_fargates_largest(tmp_path: Path) -> None:
    """Without a maximum in the settings, the largest folder on EC2 is the limit for DAGs and for the role."""
    project = make_project(tmp_path, "large")
    (project / "tasks/large/task.toml").write_text('capacity = "EC2"\ncpu = 32768\nmemory_mib = 200000\n')

    template = Template.of(compose(VARIANTS["ec2_x86"], project))

    run = Request("ecs:RunTask", arn(template, "ecs", "task-definition/airflow-intel-large:1"))
    size = {"ecs:cluster": cluster(template), "ecs:task-cpu": "32768", "ecs:task-memory": "200000"}
    policy = role_policy(template, "airflow_task")
    assert allows([policy], replace(run, context=size))
    assert not allows([policy], replace(run, context={**size, "ecs:task-cpu": "32769"}))
    worker = environment(template.containers("airflow")["worker"])
    assert worker["AIRFLOW_FARGATE_MAX_TASK_CPU"] == "32768"
    assert worker["AIRFLOW_FARGATE_MAX_TASK_MEMORY_MIB"] == "200000"


def test_only_roles_of_tasks_are_handed_out(template: Template) -> None:
    """Only roles of on-demand tasks can be passed, and only to ECS tasks."""
    for role in starters(template):
        policy = [role_policy(template, role)]
        for each in template.all("aws_iam_role").values():
            name = f"arn:aws:iam::123456789012:role{each['path']}{each['name']}"
            passing = Request("iam:PassRole", name, {"iam:PassedToService": "ecs-tasks.amazonaws.com"})
            assert allows(policy, passing) is each["path"].endswith(f"/{ROLE_PATH}")
            assert not allows(policy, replace(passing, context={"iam:PassedToService": "ec2.amazonaws.com"}))


def test_each_condition_is_one_that_aws_knows_for_the_action(template: Template) -> None:
    """Each condition key exists for its action in the service authorization reference."""
    for role, statement in template.statements():
        wanted = {key.split("/")[0] for keys in statement.get("Condition", {}).values() for key in keys}
        for action, key in product(statement["Action"], wanted):
            kinds: list[str | None] = [*reference.types(action)] or [None]
            for kind in kinds:
                known = reference.keys(action, kind) | reference.keys_of_resource(action, kind)
                # The reference has `kms:EncryptionContext:${EncryptionContextKey}`.
                prefixes = tuple(each.partition("${")[0] for each in known if "${" in each)
                assert key in known or key.startswith(prefixes), f"{role}: {action} {key}"
