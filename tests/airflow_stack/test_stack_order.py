"""Promises of the whole stack: the resources that exist before a task starts."""

import pytest

from constructs_lib.engine.template import expressions, resource_names
from tests.template import Properties, Template, secrets
from tests.variants import VARIANTS, variant


def names(kind: str, value: object) -> set[str]:
    """Return the addresses of the type *kind* that *value* refers to."""
    return {f"{kind}.{name}" for name in resource_names(value, kind)}


def task_definition(service: Properties) -> str:
    """Return the name of the task definition that *service* runs."""
    [address] = names("aws_ecs_task_definition", service["task_definition"])
    return address.rpartition(".")[2]


def policies_of(template: Template, roles: set[str]) -> set[str]:
    """Return the addresses of the policies of *roles*."""
    return {
        f"aws_iam_role_policy.{name}"
        for name, policy in template.all("aws_iam_role_policy").items()
        if names("aws_iam_role", policy["role"]) & roles
    }


def expected(template: Template, service: Properties) -> dict[str, set[str]]:
    """Return what the tasks of *service* need to start, by what it is for."""
    definition = template.all("aws_ecs_task_definition")[task_definition(service)]
    groups = names("aws_security_group", service["network_configuration"]["security_groups"])
    databases = template.all("aws_db_instance").values()
    rules = [
        (f"{kind}.{name}", rule)
        for kind in ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule")
        for name, rule in template.all(kind).items()
    ]
    return {
        "route out": {f"aws_route.{name}" for name, route in template.all("aws_route").items() if "private" in name}
        | {f"aws_route_table_association.{name}" for name in template.all("aws_route_table_association")}
        | {f"aws_vpc_endpoint.{name}" for name in template.all("aws_vpc_endpoint")},
        "roles": policies_of(
            template, names("aws_iam_role", definition["task_role_arn"] + definition["execution_role_arn"])
        ),
        "secrets": names("aws_secretsmanager_secret_version", definition["container_definitions"])
        | {f"aws_secretsmanager_secret_version.{name}" for name in template.all("aws_secretsmanager_secret_version")},
        "image": {
            f"terraform_data.{address.partition('.')[2]}_push"
            for address in names("aws_ecr_repository", definition["container_definitions"])
        },
        "database": {f"aws_db_instance.{name}" for name in template.all("aws_db_instance")},
        "rules": {
            address
            for address, rule in rules
            if names("aws_security_group", rule["security_group_id"]) <= groups
            or any(
                names("aws_security_group", rule["security_group_id"])
                <= names("aws_security_group", database["vpc_security_group_ids"])
                for database in databases
            )
        },
        "listener": {f"aws_lb_listener.{name}" for name in template.all("aws_lb_listener")},
        "capacity providers": {"aws_ecs_cluster_capacity_providers.cluster_capacity_providers"},
        "instances": {
            f"{kind}.{name}"
            for kind in ("aws_autoscaling_group", "aws_ecs_capacity_provider", "aws_iam_instance_profile")
            for name in template.all(kind)
        },
        "logs": {
            f"aws_cloudwatch_log_group.{name}"
            for name, group in template.all("aws_cloudwatch_log_group").items()
            if f'"{group["name"]}"' in definition["container_definitions"]
        },
    }


@pytest.mark.parametrize("name", VARIANTS)
def test_a_service_starts_after_what_it_needs(name: str) -> None:
    """A service depends, directly or not, on all that its tasks need to start."""
    template, settings = variant(name), VARIANTS[name]

    for service, properties in template.all("aws_ecs_service").items():
        before = template.needs(f"aws_ecs_service.{service}")
        for what, addresses in expected(template, properties).items():
            made_elsewhere = (
                (what == "route out" and settings.existing_network)
                or (what == "database" and settings.existing_database)
                or (what == "image" and settings.airflow_image)
                or (what == "instances" and not settings.ec2_capacity)
            )
            assert addresses or made_elsewhere, f"no {what} found"
            assert not addresses - before, f"{service} does not wait for its {what}"


@pytest.mark.parametrize("name", ["ec2", "ec2_x86"])
def test_an_instance_starts_after_what_it_needs_and_ends_before_it(name: str) -> None:
    """Instances start after their cluster, route and permissions, and end before them."""
    template = variant(name)
    before = template.needs("aws_autoscaling_group.cluster_container_instances")

    assert "aws_ecs_cluster.cluster" in before
    assert "aws_vpc_security_group_egress_rule.cluster_container_instances_to_anywhere" in before
    assert policies_of(template, {"aws_iam_role.cluster_container_instances_profile"}) <= before
    assert {f"aws_vpc_endpoint.{endpoint}" for endpoint in template.all("aws_vpc_endpoint")} <= before
    assert {f"aws_route.{route}" for route in template.all("aws_route") if "private" in route} <= before


@pytest.mark.parametrize("nat", ["per_az", "single"])
def test_the_route_out_is_whole(nat: str) -> None:
    """The route to AWS includes the NAT gateway, its address and the internet gateway."""
    template = variant("split" if nat == "per_az" else "compact")
    [service, *_] = template.all("aws_ecs_service")

    before = template.needs(f"aws_ecs_service.{service}")

    for kind in ("aws_nat_gateway", "aws_eip", "aws_internet_gateway"):
        assert {f"{kind}.{name}" for name in template.all(kind)} <= before
    assert "aws_route.network_public" in before


def test_only_what_a_service_needs_is_waited_for(split: Template) -> None:
    """No service waits for another one."""
    for service in split.all("aws_ecs_service"):
        assert not any(need.startswith("aws_ecs_service.") for need in split.needs(f"aws_ecs_service.{service}"))


def test_a_task_on_demand_is_there_after_what_it_needs(template: Template) -> None:
    """An on-demand task's definition comes after its pushed image, its volume and its role's policy."""
    definitions = {
        name: properties for name, properties in template.all("aws_ecs_task_definition").items() if "dag_tasks" in name
    }
    mount_targets = {f"aws_efs_mount_target.{name}" for name in template.all("aws_efs_mount_target")}

    assert definitions
    for name, properties in definitions.items():
        before = template.needs(f"aws_ecs_task_definition.{name}")
        image = template.containers(name).popitem()[1]["image"]
        assert mount_targets <= before
        assert policies_of(template, names("aws_iam_role", properties["execution_role_arn"])) <= before
        assert f"aws_cloudwatch_log_group.{name}" in before
        assert (f"terraform_data.{name}_image_push" in before) == ("aws_ecr_repository" in image)


def test_tasks_on_demand_are_there_before_airflow(template: Template) -> None:
    """Airflow's services come after the task definitions and grants of on-demand tasks."""
    tasks = {
        f"aws_ecs_task_definition.{name}" for name in template.all("aws_ecs_task_definition") if "dag_tasks" in name
    }
    roles = {name for name in template.all("aws_iam_role") if "dag_tasks" in name}
    policies = policies_of(template, {f"aws_iam_role.{name}" for name in roles})
    rules = {"aws_vpc_security_group_ingress_rule.file_system_from_dag_tasks_2049"}

    for service in template.all("aws_ecs_service"):
        assert tasks | policies | rules <= template.needs(f"aws_ecs_service.{service}")


def test_an_image_is_pushed_into_its_repository(compact: Template) -> None:
    """An image is pushed after its repository exists."""
    for push in compact.pushes():
        repository = push.removesuffix("_push")

        assert f"aws_ecr_repository.{repository}" in compact.needs(f"terraform_data.{push}")


def test_revisions_outlive_their_successor(template: Template) -> None:
    """Old revisions of a task definition stay active in AWS."""
    for name, definition in template.all("aws_ecs_task_definition").items():
        assert definition["skip_destroy"] is True, name


def test_create_before_destroy_spreads_to_nothing_with_a_fixed_name(template: Template) -> None:
    """`create_before_destroy` reaches no resource with a fixed name."""
    resources = template.resources()
    spread = {
        need
        for address, properties in resources.items()
        if properties.get("lifecycle", {}).get("create_before_destroy")
        # What one depends on is never replaced: `CreatedWith` refuses the settings that would.
        and not address.startswith("aws_ecs_capacity_provider.")
        for need in template.needs(address)
    }

    assert {need for need in spread if "name" in resources.get(need, {})} == set()


def test_inline_policies_follow_a_replaced_role(template: Template) -> None:
    """Inline policies are replaced with their role."""
    for kind in ("aws_iam_role_policy", "aws_iam_instance_profile"):
        for name, properties in template.all(kind).items():
            [role] = expressions(properties["role"])
            assert role.reference
            assert (role.reference.type, role.reference.attribute) == ("aws_iam_role", "id"), name


@pytest.mark.parametrize("name", [name for name, settings in VARIANTS.items() if not settings.existing_network])
def test_the_load_balancer_comes_after_the_internet_gateway(name: str) -> None:
    """The load balancer comes after the attached internet gateway."""
    assert "aws_internet_gateway.network" in variant(name).needs("aws_lb.load_balancer")


def test_a_rotated_secret_makes_a_new_revision(compact: Template) -> None:
    """A higher key version makes a new revision of each task definition that uses the secret."""
    versions = {
        version
        for container in compact.containers("airflow").values()
        for reference in secrets(container).values()
        for version in resource_names(reference, "aws_secretsmanager_secret_version")
    }

    assert versions == compact.all("aws_secretsmanager_secret_version").keys()


def test_the_database_takes_the_password_that_is_stored(compact: Template) -> None:
    """The database reads the stored password, so an interrupted apply cannot leave two."""
    before = compact.needs("aws_db_instance.database")

    assert "ephemeral.aws_secretsmanager_secret_version.database" in before
    assert "aws_secretsmanager_secret_version.database_password" in before
    assert "random_password" not in compact.one("aws_db_instance")["password_wo"]
