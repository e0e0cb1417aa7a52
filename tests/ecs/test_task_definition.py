"""Promises of what ECS runs."""

from pathlib import Path

import pytest

from constructs_lib.shared.bad_input import BadInputError
from tests.template import Template
from tests.variants import VARIANTS, compose, make_project


def composed(folder: Path, task_toml: str = "", *, name: str = "compact") -> Template:
    """Compose a stage with one task of these settings."""
    project = make_project(folder, "job")
    (project / "tasks/job/task.toml").write_text(task_toml)
    return Template.of(compose(VARIANTS[name], project))


@pytest.mark.parametrize(("name", "cpu", "memory"), [("multi_task", "512", "1024"), ("number_task", "256", "512")])
def test_the_samples_have_their_sizes(name: str, cpu: str, memory: str, compact: Template) -> None:
    """The sample tasks have the sizes in their task.toml."""
    definition = compact.all("aws_ecs_task_definition")[f"dag_tasks_{name}"]

    assert (definition["cpu"], definition["memory"]) == (cpu, memory)


def test_it_is_fargates(template: Template) -> None:
    """A task definition uses the network mode that Fargate and EC2 support."""
    for definition in template.all("aws_ecs_task_definition").values():
        if not template.all("aws_ecs_capacity_provider"):
            assert definition["requires_compatibilities"] == ["FARGATE"]
        assert definition["network_mode"] == "awsvpc"
        assert definition["runtime_platform"]["operating_system_family"] == "LINUX"


def test_it_has_two_roles_of_its_own(template: Template) -> None:
    """Each task definition has its own execution role and task role."""
    roles = [
        definition[key]
        for definition in template.all("aws_ecs_task_definition").values()
        for key in ("execution_role_arn", "task_role_arn")
    ]

    assert len(set(roles)) == len(roles)


def test_the_execution_role_writes_its_own_logs(template: Template) -> None:
    """The execution role can write only to its own log group."""
    for name in template.all("aws_ecs_task_definition"):
        group = template.all("aws_cloudwatch_log_group")[name]["name"]
        [statement] = [
            each for _, each in template.statements(name=f"{name}_execution") if "logs:PutLogEvents" in each["Action"]
        ]

        assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
        assert [each.partition(":log-group:")[2] for each in statement["Resource"]] == [f"{group}:log-stream:*"]


def test_the_disk_grows_if_it_is_asked_to(tmp_path: Path) -> None:
    """The disk has Fargate's default size unless the settings change it."""
    more = composed(tmp_path / "more", "ephemeral_storage_gib = 50").all("aws_ecs_task_definition")["dag_tasks_job"]
    usual = composed(tmp_path / "usual").all("aws_ecs_task_definition")["dag_tasks_job"]

    assert more["ephemeral_storage"] == {"size_in_gib": 50}
    assert "ephemeral_storage" not in usual


@pytest.mark.parametrize(
    ("task_toml", "places"),
    [
        ("", ["FARGATE", "EC2"]),
        ('capacity = "EC2"', ["FARGATE", "EC2"]),
        ('capacity = "EC2"\ncpu = 2048\nmemory_mib = 30720', ["EC2"]),
        ("ephemeral_storage_gib = 50", ["FARGATE"]),
        ('architecture = "X86_64"', ["FARGATE"]),
        ("capacity = { spot_percent = 50 }", ["FARGATE", "EC2"]),
    ],
)
def test_where_instances_are_a_task_runs_there_if_it_can(tmp_path: Path, task_toml: str, places: list[str]) -> None:
    """In a stage with EC2, a task definition supports EC2 unless its size, disk or processor prevents it."""
    definition = composed(tmp_path, task_toml, name="ec2").all("aws_ecs_task_definition")["dag_tasks_job"]

    assert definition["requires_compatibilities"] == places
    assert definition["network_mode"] == "awsvpc"
    assert ("ephemeral_storage" in definition) == ("ephemeral_storage_gib" in task_toml)


@pytest.mark.parametrize(
    ("task_toml", "mode"),
    [
        ("", {"mode": "blocking"}),
        ('log_mode = "non-blocking"', {"mode": "non-blocking", "max-buffer-size": "10m"}),
        ('log_mode = "non-blocking"\nlog_max_buffer_mib = 25', {"mode": "non-blocking", "max-buffer-size": "25m"}),
    ],
)
def test_a_task_waits_for_its_log_unless_it_says_otherwise(
    tmp_path: Path, task_toml: str, mode: dict[str, str]
) -> None:
    """On-demand tasks wait for their log unless configured otherwise, and Airflow's services never do."""
    template = composed(tmp_path, task_toml)

    options = template.containers("dag_tasks_job")["job"]["logConfiguration"]["options"]
    assert {name: options[name] for name in options if not name.startswith("awslogs-")} == mode
    for container in template.containers("airflow").values():
        assert container["logConfiguration"]["options"]["mode"] == "non-blocking"


def test_one_that_is_too_long_is_refused_by_its_name(tmp_path: Path) -> None:
    """A task definition that is too long is refused with its name."""
    text = f"[environment]\nA = '{'x' * 66_000}'"

    with pytest.raises(BadInputError, match=r"airflow-dev-job has 66\d\d\d bytes, ECS allows 65536: .* container job"):
        composed(tmp_path, text)


def test_without_the_volume_there_is_none(tmp_path: Path) -> None:
    """With `shared_volume = false` nothing is mounted or granted."""
    template = composed(tmp_path, "shared_volume = false")

    assert "volume" not in template.all("aws_ecs_task_definition")["dag_tasks_job"]
    assert "mountPoints" not in template.containers("dag_tasks_job")["job"]
    assert "dag_tasks_job_task" not in template.all("aws_iam_role_policy")
    assert not any("efs" in need for need in template.needs("aws_ecs_task_definition.dag_tasks_job"))
