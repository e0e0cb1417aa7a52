import json
from pathlib import Path

import pytest

from airflow_on_fargate.local.template import Template
from constructs_lib.engine.template import json_document


@pytest.fixture(name="template")
def _template(tmp_path: Path) -> Template:
    """Return a stack with a queue that refers to another."""
    file = tmp_path / "cdk.tf.json"
    queue = {
        "//": {},
        "depends_on": ["x"],
        "lifecycle": {"postcondition": [{"condition": "${self.input.value}", "error_message": "AWS alone knows"}]},
        "name": "a",
        "policy": '{"target": "${aws_sqs_queue.dead.arn}"}',
        "list": [1],
    }
    content = {"resource": {"aws_sqs_queue": {"queue": queue}}, "provider": {"aws": [{"region": "eu-west-1"}]}}
    file.write_text(json.dumps(content))
    return Template(file)


def test_a_reference_becomes_the_value_of_this_machine(template: Template) -> None:
    """References are resolved at any depth and inside text, without Terraform's meta-arguments."""
    template.learn("aws_sqs_queue.dead", arn="arn:dead")

    assert template.resource("aws_sqs_queue", "queue") == {"name": "a", "policy": '{"target": "arn:dead"}', "list": [1]}


def test_text_of_a_user_is_what_was_written(tmp_path: Path) -> None:
    """Text of a user that looks like a reference is unchanged."""
    command = ["sh", "-c", "python main.py ${LEVEL:-info} ${aws_sqs_queue.dead.arn} $${x} %{x}"]
    task = {"container_definitions": json_document([{"command": command}])}
    content = {"resource": {"aws_ecs_task_definition": {"task": task}}, "provider": {"aws": [{"region": "eu-west-1"}]}}
    (tmp_path / "cdk.tf.json").write_text(json.dumps(content))
    template = Template(tmp_path / "cdk.tf.json")

    definitions = template.resource("aws_ecs_task_definition", "task")["container_definitions"]

    assert json.loads(definitions) == [{"command": command}]


def test_a_reference_to_what_is_not_here_is_named(template: Template) -> None:
    """A reference to a resource that is not created here is an error with its name."""
    with pytest.raises(KeyError, match=r"aws_sqs_queue\.dead\.arn"):
        template.resource("aws_sqs_queue", "queue")


def test_an_expression_that_is_no_reference_stays(template: Template) -> None:
    """An expression that is not a reference is kept, without Terraform's escapes."""
    text = '${aws_ssm_parameter.running.insecure_value == "all" ? 1 : 0} $${aws_sqs_queue.dead.arn}'

    assert template.resolve(text) == text.replace("$$", "$")
