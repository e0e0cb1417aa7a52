"""Promises of what DAGs start on demand."""

import json
from pathlib import Path

import pytest

from constructs_lib.push_image import WORDS
from constructs_lib.push_image.program import parse
from constructs_lib.settings.settings import Settings
from constructs_lib.shared.bad_input import BadInputError
from tests.template import Template, environment
from tests.variants import TASK_IMAGE, VARIANTS, compose, make_project, variant

TASK_TOML = """
command = ["python", "main.py"]
stop_timeout_sec = 90
architecture = "ARM64"
shared_volume = "/data"
additional_folders = ["libs/common", "libs/other"]

[environment]
LOG_LEVEL = "info"

[[permissions]]
actions = ["s3:GetObject"]
resources = ["arn:aws:s3:::vendor/*"]
"""


@pytest.fixture(name="template", scope="module")
def _job_and_other(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Compose a stage with two tasks, of which one says a lot."""
    project = make_project(tmp_path_factory.mktemp("project"), "my_job", "other")
    (project / "tasks/my_job/task.toml").write_text(TASK_TOML)
    for name in ("common", "other"):
        (project / "libs" / name).mkdir(parents=True)
        (project / "libs" / name / "module.py").touch()
    return Template.of(compose(VARIANTS["compact"], project))


def test_every_folder_has_its_own_of_everything(template: Template) -> None:
    """Each folder has its own task definition, repository, log group and roles."""
    assert template.all("aws_ecs_task_definition")["dag_tasks_my_job"]["family"] == "airflow-dev-my-job"
    assert template.all("aws_ecr_repository")["dag_tasks_my_job_image"]["name"] == "airflow-dev-my-job"
    assert template.all("aws_cloudwatch_log_group")["dag_tasks_my_job"]["name"] == "/airflow-dev/tasks/my_job"
    assert template.all("aws_iam_role")["dag_tasks_my_job_task"]["name"] == "airflow-dev-my-job-task"
    assert template.all("aws_iam_role")["dag_tasks_my_job_execution"]["name"] == "airflow-dev-my-job-execution"
    assert template.all("aws_ecs_task_definition").keys() == {"airflow", "dag_tasks_my_job", "dag_tasks_other"}


def test_a_container_is_what_its_settings_say(template: Template) -> None:
    """A container has the command, timeout, variables, volume and architecture of its settings."""
    container = template.containers("dag_tasks_my_job")["my_job"]

    assert (container["command"], container["stopTimeout"]) == (["python", "main.py"], 90)
    assert environment(container) == {"LOG_LEVEL": "info", "SHARED_VOLUME": "/data"}
    assert container["mountPoints"][0]["containerPath"] == "/data"
    assert (
        template.all("aws_ecs_task_definition")["dag_tasks_my_job"]["runtime_platform"]["cpu_architecture"] == "ARM64"
    )
    assert (
        template.all("aws_ecs_task_definition")["dag_tasks_other"]["runtime_platform"]["cpu_architecture"] == "X86_64"
    )


def test_an_image_is_built_from_additional_folders_too(template: Template) -> None:
    """The program that pushes an image gets the task's additional folders."""
    pushes = {
        name: template.pushes()[f"dag_tasks_{name}_image_push"]["provisioner"][0]["local-exec"]
        for name in ("my_job", "other")
    }

    folders = {name: parse(json.loads(push["environment"][WORDS])).additional_folder for name, push in pushes.items()}

    assert folders == {"my_job": ["libs/common", "libs/other"], "other": []}


def test_a_tasks_permissions_are_its_own(template: Template) -> None:
    """A task's permissions are only in its own role."""
    assert [name for name, each in template.statements() if each["Resource"] == ["arn:aws:s3:::vendor/*"]] == [
        "dag_tasks_my_job_task"
    ]


def test_tasks_accept_no_connection(template: Template) -> None:
    """On-demand tasks accept no connections."""
    assert not any(
        "dag_tasks" in rule["security_group_id"]
        for rule in template.all("aws_vpc_security_group_ingress_rule").values()
    )
    assert "dag_tasks_to_anywhere" in template.all("aws_vpc_security_group_egress_rule")


def test_who_waits_does_not_start(split: Template) -> None:
    """The triggerer can list, describe and stop tasks and read their logs, and start none."""
    actions = split.actions("triggerer_task")

    assert {"ecs:ListTasks", "ecs:DescribeTasks", "ecs:StopTask", "logs:GetLogEvents"} <= actions
    assert not actions & {"ecs:RunTask", "iam:PassRole", "ecs:TagResource"}
    assert actions & split.actions("worker_default_task") >= {"ecs:DescribeTasks", "ecs:StopTask", "logs:GetLogEvents"}


def test_logs_of_this_stages_tasks_alone_are_read(split: Template) -> None:
    """Only logs of this stage's tasks can be read."""
    statements = split.statements(name="worker_default_task")
    [statement] = [each for _, each in statements if "logs:GetLogEvents" in each["Action"]]

    assert [each.partition(":log-group:")[2] for each in statement["Resource"]] == [
        "/airflow-prod/tasks/*:log-stream:*"
    ]


def test_a_stage_without_tasks_composes(tmp_path: Path) -> None:
    """A stage without task folders can be composed."""
    template = Template.of(compose(VARIANTS["compact"], make_project(tmp_path)))

    assert template.all("aws_ecs_task_definition").keys() == {"airflow"}
    assert template.document["output"]["task_definitions"]["value"] == {}


def test_a_prebuilt_image_is_taken() -> None:
    """A prebuilt image is used for its task."""
    template = variant("prebuilt")

    assert template.containers("dag_tasks_number_task")["number_task"]["image"] == TASK_IMAGE


def test_an_image_for_no_folder_is_refused() -> None:
    """An image for an unknown folder is refused with the most similar one."""
    settings = Settings(stage="dev", task_images={"number_tsk": TASK_IMAGE})

    with pytest.raises(BadInputError) as refused:
        compose(settings)

    assert str(refused.value) == (
        "stages.py, stage 'dev': task_images.number_tsk is not a folder of tasks/; did you mean 'number_task'?"
    )


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[secrets]\nA = "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/a"', "secrets.A"),
        (
            '[[permissions]]\nactions = ["s3:GetObject"]\nresources = ["arn:aws-cn:s3:::x/*"]',
            "permissions.0.resources.0",
        ),
    ],
)
def test_an_arn_of_another_partition_is_refused(tmp_path: Path, text: str, key: str) -> None:
    """An ARN of another partition is refused."""
    project = make_project(tmp_path, "job")
    (project / "tasks/job/task.toml").write_text(text)

    with pytest.raises(BadInputError) as refused:
        compose(VARIANTS["compact"], project)

    sentence = f"{key} must be an ARN of the stage's partition, arn:aws:..., got 'arn:aws-cn:"
    assert str(refused.value).startswith(f"tasks/job/task.toml, stage 'dev': {sentence}")
