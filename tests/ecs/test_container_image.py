"""Promises of images that ECS can pull."""

import argparse
import json
import re

import pytest

import main
from constructs_lib.push_image import WORDS
from constructs_lib.push_image.build_context import BuildContext
from constructs_lib.push_image.image_content import content_hash
from constructs_lib.push_image.program import parse
from tests.template import Properties, Template
from tests.variants import IMAGE, REGISTRY_SECRET_ARN, ROLE, TASK_IMAGE, variant, with_other_values

SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret"


def options_of(local_exec: Properties) -> argparse.Namespace:
    """Return what a provisioner asks the program for."""
    return parse(json.loads(local_exec["environment"][WORDS]))


def test_a_repository_is_closed(template: Template) -> None:
    """A repository has immutable tags, scans images, and deletes old ones."""
    for name, repository in template.all("aws_ecr_repository").items():
        assert repository["image_tag_mutability"] == "IMMUTABLE"
        assert repository["image_scanning_configuration"] == {"scan_on_push": True}
        [rule] = json.loads(template.all("aws_ecr_lifecycle_policy")[f"{name}_lifecycle"]["policy"])["rules"]
        assert (rule["selection"]["countType"], rule["action"]) == ("imageCountMoreThan", {"type": "expire"})


def test_an_image_can_be_rolled_back_to_for_as_long_as_the_page_says(template: Template) -> None:
    """A repository keeps as many images as docs/operations.md promises for a rollback."""
    page = " ".join((main.PROJECT / "docs/operations.md").read_text(encoding="utf-8").split())
    [promised] = re.findall(r"the last (\d+) of each are kept", page)

    for policy in template.all("aws_ecr_lifecycle_policy").values():
        [rule] = json.loads(policy["policy"])["rules"]
        assert (rule["selection"]["tagStatus"], rule["selection"]["countNumber"]) == ("any", int(promised))
    assert int(promised) >= 50


def test_a_role_that_pulls_changes_no_repository(template: Template) -> None:
    """A role that pulls can only log in and read layers and manifests."""
    allowed = {action for _, each in template.statements() for action in each["Action"] if action.startswith("ecr:")}

    assert allowed <= {
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetAuthorizationToken",
        "ecr:GetDownloadUrlForLayer",
    }


def test_the_tag_is_the_content(compact: Template) -> None:
    """Container, push and plan have the same tag, and another tag pushes again."""
    tag = content_hash(BuildContext(main.PROJECT, "tasks/multi_task"), architecture="X86_64")
    push = compact.pushes()["dag_tasks_multi_task_image_push"]
    container = compact.containers("dag_tasks_multi_task")["multi_task"]
    url = "${aws_ecr_repository.dag_tasks_multi_task_image.repository_url}"

    assert push["triggers_replace"] == {"repository": url, "tag": tag}
    assert container["image"] == f"{url}:{tag}"


@pytest.mark.parametrize(
    ("push", "context", "dockerfile"),
    [("image_push", ".", "docker/Dockerfile"), ("dag_tasks_multi_task_image_push", "tasks/multi_task", "Dockerfile")],
)
def test_the_push_runs_in_the_project(push: str, context: str, dockerfile: str, compact: Template) -> None:
    """The push runs in the project's folder by a relative path."""
    local_exec = compact.pushes()[push]["provisioner"][0]["local-exec"]
    options = options_of(local_exec)

    assert local_exec["working_dir"] == "../../.."
    assert (options.context, options.dockerfile, options.architecture) == (context, dockerfile, "X86_64")
    assert options.region == "us-east-1"
    assert options.assume_role_arn is None


def test_the_command_holds_no_text_of_a_user(compact: Template) -> None:
    """The command of the push is constant, and its arguments are in the environment."""
    pushes = [each["provisioner"][0]["local-exec"] for each in compact.pushes().values()]

    assert {each["command"] for each in pushes} == {".venv/bin/python -m constructs_lib.push_image"}
    assert all("interpreter" not in each for each in pushes)


def test_the_push_takes_the_role_that_terraform_takes() -> None:
    """The push assumes the same role as Terraform."""
    push = with_other_values("compact").pushes()["image_push"]

    assert options_of(push["provisioner"][0]["local-exec"]).assume_role_arn == ROLE


def test_a_role_pulls_its_own_image_alone(compact: Template) -> None:
    """A role can pull only its own image."""
    statements = [each for _, each in compact.statements(name="dag_tasks_multi_task_execution")]

    assert {"Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": ["*"]} in statements
    assert [each["Resource"] for each in statements if "ecr:BatchGetImage" in each["Action"]] == [
        ["${aws_ecr_repository.dag_tasks_multi_task_image.arn}"]
    ]


class TestPrebuilt:
    @pytest.fixture(name="template")
    def _prebuilt(self) -> Template:
        return variant("prebuilt")

    def test_nothing_is_made_or_pushed(self, template: Template) -> None:
        """With a prebuilt image nothing is built for it, and other images are."""
        assert template.all("aws_ecr_repository").keys() == {"dag_tasks_multi_task_image"}
        assert template.pushes().keys() == {"dag_tasks_multi_task_image_push"}
        assert {each["image"] for each in template.containers("airflow").values()} == {IMAGE}
        assert template.containers("dag_tasks_number_task")["number_task"]["image"] == TASK_IMAGE

    def test_an_image_in_ecr_can_be_pulled(self, template: Template) -> None:
        """A prebuilt image in ECR can be pulled, and one elsewhere needs no permission."""
        pull = [
            each for _, each in template.statements(name="airflow_execution") if "ecr:BatchGetImage" in each["Action"]
        ]

        assert [each["Resource"] for each in pull] == [
            ["arn:aws:ecr:eu-central-1:123456789012:repository/team/airflow"]
        ]
        assert not any(action.startswith("ecr:") for action in template.actions("dag_tasks_number_task_execution"))

    def test_ecs_logs_in_to_a_private_registry(self, template: Template) -> None:
        """ECS logs in to a private registry with a secret that the execution role can read."""
        login = "${data.aws_secretsmanager_secret.cluster_registries_registry_example_com.arn}"
        [container] = template.containers("dag_tasks_number_task").values()
        statements = [each for _, each in template.statements(name="dag_tasks_number_task_execution")]

        assert container["repositoryCredentials"] == {"credentialsParameter": login}
        assert [each["Resource"] for each in statements if "secretsmanager:GetSecretValue" in each["Action"]] == [
            [login]
        ]
        assert [
            each["Condition"]["StringLike"]["kms:EncryptionContext:SecretARN"]
            for each in statements
            if each["Action"] == ["kms:Decrypt"]
        ] == [[login]]
        for name, other in template.all_containers():
            assert ("repositoryCredentials" in other) is (name == "dag_tasks_number_task")

    def test_every_container_of_airflow_logs_in(self) -> None:
        """Every container of Airflow has the login of a private registry."""
        template = with_other_values("existing")

        for name, container in template.all_containers():
            if not name.startswith("dag_tasks_"):
                assert container["repositoryCredentials"] == {"credentialsParameter": REGISTRY_SECRET_ARN}
