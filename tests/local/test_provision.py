import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from moto.server import ThreadedMotoServer

from airflow_on_fargate.local.access_keys import AccessKey
from airflow_on_fargate.local.credentials import client
from airflow_on_fargate.local.database import Database
from airflow_on_fargate.local.keys import keys
from airflow_on_fargate.local.provision import Provision
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.template import Template
from constructs_lib.engine.template import expressions
from tests.local.state_folder import MACHINE
from tests.variants import VARIANTS, variant

USER_SECRETS = {"team/crm": '{"connection": "http://crm", "user": "me", "token": "t"}', "/team/token": "t"}
DATABASE = Database("127.0.0.1", 5433, "airflow", "me", "secret")

KEY = AccessKey.new()
"""moto itself takes any."""


class Provisioned:
    """A variant whose resources have been made in an AWS of its own."""

    def __init__(self, name: str, port: int, folder: Path) -> None:
        self.state, self.name = State(folder), name
        file = folder / "cdk.tf.json"
        file.write_text(json.dumps(variant(name).document))
        self.template = Template(file)
        self._region = self.template.stack.region
        self.machine = replace(
            MACHINE,
            stage=VARIANTS[name].stage,
            api_server_port=8081,
            aws_port=port,
            database_host=DATABASE.host,
            database_port=DATABASE.port,
            database_name=DATABASE.name,
            database_ssl_mode=DATABASE.ssl_mode,
        )
        made = keys(self.state, database=DATABASE.credentials, worker_role="airflow-worker-a")
        Provision(
            self.template,
            machine=self.machine,
            state=self.state,
            access_key=KEY,
            keys=made,
            user_secrets=USER_SECRETS,
        ).run()

    def client(self, service: str) -> Any:  # noqa: ANN401 as boto3's clients are
        """Return a client of this AWS."""
        return client(service, key=KEY, endpoint=self.machine.endpoint, region=self._region)

    def containers(self) -> list[dict[str, Any]]:
        """Return the containers of all registered task definitions."""
        ecs = self.client("ecs")
        arns = ecs.list_task_definitions()["taskDefinitionArns"]
        found = [ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"] for arn in arns]
        return [container for task in found for container in task["containerDefinitions"]]


@pytest.fixture(name="provisioned", params=sorted(VARIANTS), scope="module")
def _provisioned(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provisioned]:
    """Return every variant, in an AWS that knew nothing before."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    port = int(server.get_host_and_port()[1])
    httpx.post(f"http://127.0.0.1:{port}/moto-api/reset", trust_env=False)
    yield Provisioned(request.param, port, tmp_path_factory.mktemp("state"))
    server.stop()


def test_nothing_is_left_to_resolve(provisioned: Provisioned) -> None:
    """Every reference in every container has a value of this machine."""
    assert list(expressions(provisioned.containers())) == []


def test_every_secret_can_be_read(provisioned: Provisioned) -> None:
    """Every secret can be read, and a worker's database secret is not the owner's."""
    manager = provisioned.client("secretsmanager")
    for container in provisioned.containers():
        for each in container.get("secrets", []):
            arn = ":".join(each["valueFrom"].split(":")[:7])
            text = manager.get_secret_value(SecretId=arn)["SecretString"]
            assert text
            if each["name"] == "DB_PASSWORD":
                assert (json.loads(text) == DATABASE.credentials) is (container["name"] != "worker")
                assert (json.loads(text)["username"] == "airflow-worker-a") is (container["name"] == "worker")


def test_objects_of_the_json_are_in_their_buckets(provisioned: Provisioned) -> None:
    """Every object that Terraform writes to S3 is there, also in a bucket that the stage does not create."""
    s3 = provisioned.client("s3")
    for resource in variant(provisioned.name).all("aws_s3_object").values():
        written = provisioned.template.resolve({key: resource[key] for key in ("bucket", "key", "content")})
        found = s3.get_object(Bucket=written["bucket"], Key=written["key"])["Body"].read()
        assert found.decode() == written["content"]


def test_queues_are_as_on_aws(provisioned: Provisioned) -> None:
    """Queues have the timeouts, retention and dead letters of the JSON."""
    sqs = provisioned.client("sqs")
    [url] = [url for url in sqs.list_queues()["QueueUrls"] if url.endswith("-default")]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]

    assert attributes["VisibilityTimeout"] == "600"
    assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] == 5


def test_the_processes_run_from_the_checkout(provisioned: Provisioned) -> None:
    """Processes and their health checks run from the project, without a path of the image."""
    airflow = [each for each in provisioned.containers() if each["name"] in ("scheduler", "api-server", "worker")]

    assert {each["name"] for each in airflow} == {"scheduler", "api-server", "worker"}
    assert "/opt/airflow" not in json.dumps([{**each, "image": ""} for each in airflow])


def test_the_cluster_offers_the_stages_capacity(provisioned: Provisioned) -> None:
    """The cluster has the stage's capacity providers, with EC2's if the stage has it."""
    [cluster] = provisioned.client("ecs").describe_clusters(clusters=[f"airflow-{provisioned.machine.stage}"])[
        "clusters"
    ]
    settings = next(each for each in VARIANTS.values() if each.stage == provisioned.machine.stage)
    ec2 = [f"airflow-{settings.stage}-ec2"] if settings.ec2_capacity else []

    assert cluster["capacityProviders"] == ["FARGATE", "FARGATE_SPOT", *ec2]


def test_parameters_that_the_user_has_written_can_be_read(provisioned: Provisioned) -> None:
    """A name that begins with a slash is Parameter Store's."""
    parameter = provisioned.client("ssm").get_parameter(Name="/team/token", WithDecryption=True)["Parameter"]

    assert (parameter["Value"], parameter["Type"]) == ("t", "SecureString")
