"""Promises of the outputs of a deployment."""

import tomllib

from constructs_lib.version import OUTPUT
from tests.clone import PROJECT
from tests.template import Template

NAMES = {
    "admin_password_command",
    "admin_password_secret",
    "airflow_on_fargate_version",
    "airflow_url",
    "cluster_name",
    "database_host",
    "service_names",
    "task_definitions",
    "task_logs_bucket",
}


def test_outputs_are_exactly_these(template: Template) -> None:
    """Every stage has exactly the outputs that scripts rely on."""
    assert template.document["output"].keys() == NAMES


def test_each_says_what_it_is(template: Template) -> None:
    """Every output has a description."""
    for output in template.document["output"].values():
        assert output["description"]


def test_the_password_is_read_by_a_command(compact: Template) -> None:
    """The output about the password has a command that reads the secret, not the value."""
    outputs = {name: output["value"] for name, output in compact.document["output"].items()}

    arn = "${aws_secretsmanager_secret.keys_admin.arn}"
    command = "aws secretsmanager get-secret-value --region us-east-1 --query SecretString --output text --secret-id"
    assert outputs["admin_password_secret"] == arn
    assert outputs["admin_password_command"] == f"{command} {arn}"


def test_the_version_is_that_of_the_package(compact: Template) -> None:
    """The state has the version of the package, which a later command compares with its own."""
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]

    assert compact.document["output"][OUTPUT]["value"] == version


def test_names_are_those_of_the_stack(split: Template) -> None:
    """Outputs have the services' names in ECS and the tasks' folders."""
    outputs = {name: output["value"] for name, output in split.document["output"].items()}

    assert outputs["cluster_name"] == split.one("aws_ecs_cluster")["name"]
    assert sorted(outputs["service_names"]) == sorted(each["name"] for each in split.all("aws_ecs_service").values())
    assert set(outputs["task_definitions"].values()) == {
        each["family"] for name, each in split.all("aws_ecs_task_definition").items() if name.startswith("dag_tasks_")
    }
