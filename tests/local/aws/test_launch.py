import json

import pytest

from tests.local.aws.endpoint import REGION, ROLES, Endpoint
from tests.programs import python

SAY = python("environment", "IT")


def variable(reference: str) -> list[dict[str, str]]:
    """Return the `secrets` of a container whose variable IT has the value of *reference*."""
    return [{"name": "IT", "valueFrom": reference}]


def test_secrets_are_handed_over(endpoint: Endpoint) -> None:
    """A container gets whole secrets, keys of secrets, and parameters by name and ARN."""
    endpoint.folder("secrets")
    manager, parameters = endpoint.client("secretsmanager"), endpoint.client("ssm")
    whole = manager.create_secret(Name="handed/whole", SecretString="w")["ARN"]
    made = manager.create_secret(Name="handed/keys", SecretString=json.dumps({"password": "p"}))
    parameters.put_parameter(Name="/handed/over", Value="v", Type="SecureString")
    parameter = f"arn:aws:ssm:{REGION}:123456789012:parameter/handed/over"

    for reference, value in (
        (whole, "w"),
        (f"{made['ARN']}:password::", "p"),
        (f"{made['ARN']}:password::{made['VersionId']}", "p"),
        ("/handed/over", "v"),
        (parameter, "v"),
    ):
        assert endpoint.output(endpoint.run("secrets", SAY, secrets=variable(reference))) == [value]


def test_a_version_of_a_secret_stays_what_it_was(endpoint: Endpoint) -> None:
    """A container gets the version of a secret that its reference names, or else the newest."""
    endpoint.folder("versions")
    manager = endpoint.client("secretsmanager")
    made = manager.create_secret(Name="rotated", SecretString=json.dumps({"a": "old"}))
    manager.put_secret_value(SecretId="rotated", SecretString=json.dumps({"a": "new"}))
    arn, version = made["ARN"], made["VersionId"]

    for reference, value in ((f"{arn}:a::{version}", "old"), (f"{arn}:a:AWSPREVIOUS:", "old"), (f"{arn}:a::", "new")):
        assert endpoint.output(endpoint.run("versions", SAY, secrets=variable(reference))) == [value]


@pytest.mark.parametrize(
    "reference",
    [
        f"arn:aws:secretsmanager:{REGION}:123456789012:secret:nobody-000000",
        f"arn:aws:ssm:{REGION}:123456789012:parameter/nobody",
    ],
)
def test_a_secret_that_is_missing(endpoint: Endpoint, reference: str) -> None:
    """A missing secret fails the start with its name, its variable and where to set it."""
    name = "missing" if "ssm" in reference else "missed"
    endpoint.folder(name)

    task = endpoint.run(name, SAY, secrets=variable(reference))

    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith(f"ResourceInitializationError: the value of IT, {reference}, ")
    assert "secrets.toml" in task["stoppedReason"]
    assert "exitCode" not in task["containers"][0]


def test_the_shared_volume_is_a_folder_here(endpoint: Endpoint) -> None:
    """The mount path becomes a folder of this machine in commands and variables only."""
    endpoint.folder("volume")
    mount = [{"sourceVolume": "shared-volume", "containerPath": "/shared-volume"}]
    environment = [
        {"name": "FILE", "value": "/shared-volume/a.txt"},
        {"name": "URL", "value": "file:///shared-volume-2 s3://bucket/shared-volume/x"},
    ]

    command = python("write_volume", "/shared-volume")
    task = endpoint.run("volume", command, mountPoints=mount, environment=environment)

    assert endpoint.output(task) == [str(endpoint.state.shared_volume), environment[1]["value"]]
    assert (endpoint.state.shared_volume / "a.txt").read_text() == "written"


def test_a_task_is_its_role(endpoint: Endpoint) -> None:
    """A task gets the credentials of its role from the endpoint, without a key in its environment."""
    endpoint.folder("role", requirements_txt="")

    assert endpoint.output(endpoint.run("role", python("role"))) == [f"{ROLES}/role", "[]"]


def test_a_task_sees_nothing_of_who_has_started_the_stack(endpoint: Endpoint) -> None:
    """A task has neither the variables of the developer's shell nor Airflow's packages."""
    endpoint.folder("alone")
    variables = python("environment", "SOMETHING_OF_MINE", "AWS_ACCESS_KEY_ID", "PYTHONPATH")
    modules = python("find_modules", "airflow", "boto3")

    assert endpoint.output(endpoint.run("alone", variables)) == ["None None None"]
    assert endpoint.output(endpoint.run("alone", modules)) == ["False False"]
