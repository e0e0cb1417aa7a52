"""Promises of what ECS runs."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from constructs_lib.settings.settings import Settings
from constructs_lib.shared.bad_input import BadInputError
from tests.template import Properties, Template
from tests.variants import VARIANTS, compose, make_project

DISK = "ephemeral_storage_gib = 50"
PLACES = {
    "": ["FARGATE", "EC2"],
    'capacity = "EC2"': ["FARGATE", "EC2"],
    'capacity = "EC2"\ncpu = 2048\nmemory_mib = 30720': ["EC2"],
    DISK: ["FARGATE"],
    'architecture = "X86_64"': ["FARGATE"],
    "capacity = { spot_percent = 50 }": ["FARGATE", "EC2"],
}
"""Where a task with these settings runs in a stage with EC2."""
LOG_MODES = {
    "": {"mode": "blocking"},
    'log_mode = "non-blocking"': {"mode": "non-blocking", "max-buffer-size": "10m"},
    'log_mode = "non-blocking"\nlog_max_buffer_mib = 25': {"mode": "non-blocking", "max-buffer-size": "25m"},
}
"""What a task with these settings does when CloudWatch Logs is slow."""
NO_VOLUME = "shared_volume = false"


class StageWithTasks:
    """A stage with one task for each of these `task.toml`, composed once."""

    def __init__(self, settings: Settings, folder: Path, task_tomls: Iterable[str]) -> None:
        self._names = {text: f"job_{number}" for number, text in enumerate(task_tomls)}
        project = make_project(folder, *self._names.values())
        for text, job in self._names.items():
            (project / "tasks" / job / "task.toml").write_text(text)
        self.template = Template.of(compose(settings, project))

    def name_of(self, task_toml: str) -> str:
        """Return the name of the task with these settings in Terraform."""
        return f"dag_tasks_{self._names[task_toml]}"

    def definition(self, task_toml: str) -> Properties:
        """Return the task definition of the task with these settings."""
        return self.template.all("aws_ecs_task_definition")[self.name_of(task_toml)]


@pytest.fixture(name="with_tasks", scope="module")
def _with_tasks(tmp_path_factory: pytest.TempPathFactory) -> StageWithTasks:
    """Compose a stage on Fargate."""
    return StageWithTasks(VARIANTS["compact"], tmp_path_factory.mktemp("tasks"), [*LOG_MODES, DISK, NO_VOLUME])


@pytest.fixture(name="with_instances", scope="module")
def _with_instances(tmp_path_factory: pytest.TempPathFactory) -> StageWithTasks:
    """Compose a stage with EC2."""
    settings = Settings(stage="ec2", architecture="ARM64", ec2_capacity=VARIANTS["ec2"].ec2_capacity)
    return StageWithTasks(settings, tmp_path_factory.mktemp("tasks"), PLACES)


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


def test_the_disk_grows_if_it_is_asked_to(with_tasks: StageWithTasks) -> None:
    """The disk has Fargate's default size unless the settings change it."""
    assert with_tasks.definition(DISK)["ephemeral_storage"] == {"size_in_gib": 50}
    assert "ephemeral_storage" not in with_tasks.definition("")


@pytest.mark.parametrize(("task_toml", "places"), PLACES.items())
def test_where_instances_are_a_task_runs_there_if_it_can(
    with_instances: StageWithTasks, task_toml: str, places: list[str]
) -> None:
    """In a stage with EC2, a task definition supports EC2 unless its size, disk or processor prevents it."""
    definition = with_instances.definition(task_toml)

    assert definition["requires_compatibilities"] == places
    assert definition["network_mode"] == "awsvpc"
    assert ("ephemeral_storage" in definition) == ("ephemeral_storage_gib" in task_toml)


@pytest.mark.parametrize(("task_toml", "mode"), LOG_MODES.items())
def test_a_task_waits_for_its_log_unless_it_says_otherwise(
    with_tasks: StageWithTasks, task_toml: str, mode: dict[str, str]
) -> None:
    """On-demand tasks wait for their log unless configured otherwise, and Airflow's services never do."""
    template, name = with_tasks.template, with_tasks.name_of(task_toml)

    options = template.containers(name)[name.removeprefix("dag_tasks_")]["logConfiguration"]["options"]
    assert {name: options[name] for name in options if not name.startswith("awslogs-")} == mode
    for container in template.containers("airflow").values():
        assert container["logConfiguration"]["options"]["mode"] == "non-blocking"


def test_one_that_is_too_long_is_refused_by_its_name(tmp_path: Path) -> None:
    """A task definition that is too long is refused with its name."""
    text = f"[environment]\nA = '{'x' * 66_000}'"

    with pytest.raises(
        BadInputError, match=r"airflow-dev-job-0 has 66\d\d\d bytes, ECS allows 65536: .* container job_0"
    ):
        StageWithTasks(VARIANTS["compact"], tmp_path, [text])


def test_without_the_volume_there_is_none(with_tasks: StageWithTasks) -> None:
    """With `shared_volume = false` nothing is mounted or granted."""
    template, name = with_tasks.template, with_tasks.name_of(NO_VOLUME)

    assert "volume" not in with_tasks.definition(NO_VOLUME)
    assert "mountPoints" not in template.containers(name)[name.removeprefix("dag_tasks_")]
    assert f"{name}_task" not in template.all("aws_iam_role_policy")
    assert not any("efs" in need for need in template.needs(f"aws_ecs_task_definition.{name}"))
