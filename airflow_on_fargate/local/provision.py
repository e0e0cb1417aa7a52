"""Create in the AWS endpoint those resources of the stage's Terraform that matter on one machine."""

import json
from collections.abc import Mapping
from typing import Any

from airflow_on_fargate.local.access_keys import AccessKey
from airflow_on_fargate.local.containers import AIRFLOW, program_name
from airflow_on_fargate.local.credentials import client
from airflow_on_fargate.local.keys import Key
from airflow_on_fargate.local.machine import Machine, container_here
from airflow_on_fargate.local.ports import HOST
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.template import Template
from constructs_lib.settings.processes import WORKER

ACCOUNT = "123456789012"
NETWORK = "10.0.0.0/16"
QUEUE_ATTRIBUTES = {
    "message_retention_seconds": "MessageRetentionPeriod",
    "receive_wait_time_seconds": "ReceiveMessageWaitTimeSeconds",
    "redrive_policy": "RedrivePolicy",
    "visibility_timeout_seconds": "VisibilityTimeout",
}
"""Terraform's name and SQS's."""
DATABASE = "local/database"
"""The secret of this machine's database user, for a stage whose database exists already, with a secret in AWS."""


class Provision:
    """
    Creates the resources of *template* in the order of their dependencies.

    *access_key* is one that the endpoint accepts; *keys* are the stage's secrets by the last part of their name,
    *user_secrets* the user's by their whole name.
    """

    def __init__(
        self,
        template: Template,
        *,
        machine: Machine,
        state: State,
        access_key: AccessKey,
        keys: Mapping[str, Key],
        user_secrets: Mapping[str, str],
    ) -> None:
        self._template = template
        self._machine = machine
        self._state = state
        self._access_key = access_key
        self._keys = keys
        self._user_secrets = user_secrets
        self._database_arn = ""

    def run(self) -> None:
        """Create all resources."""
        self._learn_names()
        self._make_network()
        self._make_queues()
        self._make_secrets()
        self._make_rest()
        self._register_task_definitions()
        self._make_services()

    def _client(self, service: str) -> Any:  # noqa: ANN401 boto3 creates its classes at run time
        endpoint, region = self._machine.endpoint, self._template.stack.region
        return client(service, key=self._access_key, endpoint=endpoint, region=region)

    def _learn_names(self) -> None:
        """Resolve ARNs and URLs that AWS derives from a name, and replacements for services that do not run here."""
        template, account = self._template, f"arn:aws:iam::{ACCOUNT}:role"
        for name in template.stack.all("aws_caller_identity", block="data"):
            template.learn(f"data.aws_caller_identity.{name}", account_id=ACCOUNT)
        for name in template.stack.all("aws_partition", block="data"):
            template.learn(f"data.aws_partition.{name}", partition="aws")
        for name in template.stack.all("aws_iam_role"):
            role = template.resource("aws_iam_role", name)
            template.learn(f"aws_iam_role.{name}", name=role["name"], arn=f"{account}{role['path']}{role['name']}")
        name_repositories(template)
        for name in template.stack.all("aws_db_instance"):
            template.learn(f"aws_db_instance.{name}", address=self._machine.database_host)
        for name in template.stack.all("aws_lb"):
            template.learn(f"aws_lb.{name}", dns_name=HOST)
        for type_ in ("aws_efs_file_system", "aws_efs_access_point"):
            for name in template.stack.all(type_):
                template.learn(f"{type_}.{name}", id="local")

    def _make_network(self) -> None:
        ec2, template = self._client("ec2"), self._template
        vpc = ec2.create_vpc(CidrBlock=NETWORK)["Vpc"]["VpcId"]
        # As the stage's own; moto creates no task in a network without one.
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        for index, name in enumerate(template.stack.all("aws_subnet")):
            subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24")["Subnet"]["SubnetId"]
            template.learn(f"aws_subnet.{name}", id=subnet)
        for name in template.stack.all("aws_vpc", block="data"):
            template.learn(f"data.aws_vpc.{name}", cidr_block=NETWORK)
        for name in template.stack.all("aws_security_group"):
            group = ec2.create_security_group(VpcId=vpc, GroupName=name, Description=name)["GroupId"]
            template.learn(f"aws_security_group.{name}", id=group)

    def _make_queues(self) -> None:
        sqs, template = self._client("sqs"), self._template
        # A dead-letter queue must exist before the queue that uses it.
        queues = template.stack.all("aws_sqs_queue")
        for name in sorted(queues, key=lambda each: "redrive_policy" in queues[each]):
            queue = template.resource("aws_sqs_queue", name)
            attributes = {QUEUE_ATTRIBUTES[key]: str(queue[key]) for key in QUEUE_ATTRIBUTES if key in queue}
            url = sqs.create_queue(QueueName=queue["name"], Attributes=attributes)["QueueUrl"]
            arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            template.learn(f"aws_sqs_queue.{name}", url=url, arn=arn)

    def _make_secrets(self) -> None:
        manager, template = self._client("secretsmanager"), self._template
        for name in template.stack.all("aws_secretsmanager_secret"):
            secret = template.resource("aws_secretsmanager_secret", name)["name"]
            key = self._keys[secret.rpartition("/")[2]]
            made = manager.create_secret(Name=secret, SecretString=key.text, ClientRequestToken=key.version)
            template.learn(f"aws_secretsmanager_secret.{name}", arn=made["ARN"], id=made["ARN"])
            template.learn(f"aws_secretsmanager_secret_version.{name}", version_id=key.version)
        if not template.stack.all("aws_db_instance"):
            database = self._keys["database"]
            self._database_arn = manager.create_secret(
                Name=DATABASE, SecretString=database.text, ClientRequestToken=database.version
            )["ARN"]
        self._make_user_secrets(manager)

    def _make_user_secrets(self, manager: Any) -> None:  # noqa: ANN401 as `_client`
        template, parameters = self._template, self._client("ssm")
        arns = {}
        for name, value in self._user_secrets.items():
            if name.startswith("/"):
                parameters.put_parameter(Name=name, Value=value, Type="SecureString")
            else:
                arns[name] = manager.create_secret(Name=name, SecretString=value)["ARN"]
        for label, looked_up in template.stack.all("aws_secretsmanager_secret", block="data").items():
            name = looked_up["name"]
            # A task fails if the user has not written the value of its secret, as on AWS.
            missing = f"arn:aws:secretsmanager:{template.stack.region}:{ACCOUNT}:secret:{name}-000000"
            template.learn(f"data.aws_secretsmanager_secret.{label}", arn=arns.get(name, missing))

    def _make_rest(self) -> None:
        template = self._template
        s3, logs = self._client("s3"), self._client("logs")
        here = {} if template.stack.region == "us-east-1" else {"LocationConstraint": template.stack.region}
        for name in template.stack.all("aws_s3_bucket"):
            bucket = template.resource("aws_s3_bucket", name)["bucket"]
            s3.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": here} if here else {}))
            template.learn(f"aws_s3_bucket.{name}", bucket=bucket, id=bucket, arn=f"arn:aws:s3:::{bucket}")
        own = {template.resource("aws_s3_bucket", name)["bucket"] for name in template.stack.all("aws_s3_bucket")}
        for name in template.stack.all("aws_s3_object"):
            written = template.resource("aws_s3_object", name)
            if written["bucket"] not in own:
                # On AWS it exists: an existing bucket for DAG bundles.
                own.add(written["bucket"])
                s3.create_bucket(Bucket=written["bucket"], **({"CreateBucketConfiguration": here} if here else {}))
            s3.put_object(Bucket=written["bucket"], Key=written["key"], Body=written["content"].encode())
        for name in template.stack.all("aws_cloudwatch_log_group"):
            group = template.resource("aws_cloudwatch_log_group", name)["name"]
            logs.create_log_group(logGroupName=group)
        make_cluster(self._client("ecs"), template)

    def _register_task_definitions(self) -> None:
        ecs, template = self._client("ecs"), self._template
        for name in template.stack.all("aws_ecs_task_definition"):
            task = template.resource("aws_ecs_task_definition", name)
            containers = json.loads(task["container_definitions"])
            containers = [
                container_here(program_name(task["family"], each["name"]), each, self._machine, self._state)
                if each["name"] in AIRFLOW
                else each
                for each in containers
            ]
            ecs.register_task_definition(
                family=task["family"],
                cpu=task["cpu"],
                memory=task["memory"],
                networkMode=task["network_mode"],
                requiresCompatibilities=task["requires_compatibilities"],
                executionRoleArn=task["execution_role_arn"],
                taskRoleArn=task["task_role_arn"],
                containerDefinitions=[self._with_database(each) for each in containers],
                volumes=[{"name": volume["name"]} for volume in task.get("volume", [])],
            )

    def _make_services(self) -> None:
        """Create the services that scale, which the autoscaler describes; each has one worker."""
        ecs, stack = self._client("ecs"), self._template.stack
        for service in stack.services():
            if service.target:
                family = stack.all("aws_ecs_task_definition")[service.task_definition]["family"]
                cluster = stack.one("aws_ecs_cluster")["name"]
                ecs.create_service(cluster=cluster, serviceName=service.name, taskDefinition=family, desiredCount=1)

    def _with_database(self, container: dict[str, Any]) -> dict[str, Any]:
        """Let *container* take the owner's user and password from this machine's secret, if the stage has none."""
        if not self._database_arn or container["name"] == WORKER.name:
            return container
        references = {
            "DB_USER": f"{self._database_arn}:username::",
            "DB_PASSWORD": f"{self._database_arn}:password::",
        }
        secrets = [
            {**each, "valueFrom": references.get(each["name"], each["valueFrom"])}
            for each in container.get("secrets", [])
        ]
        return {**container, "secrets": secrets} if secrets else container


def name_repositories(template: Template) -> None:
    """Let the images in *template* have their repository's name alone: Docker has them, and nothing is pulled."""
    for name in template.stack.all("aws_ecr_repository"):
        url = template.resource("aws_ecr_repository", name)["name"]
        template.learn(f"aws_ecr_repository.{name}", repository_url=url)


def make_cluster(ecs: Any, template: Template) -> None:  # noqa: ANN401 boto3 creates its classes at run time
    """Create the cluster; EC2 instances have only a capacity provider, because their tasks run on this machine."""
    for type_ in ("aws_ecs_cluster", "aws_ecs_capacity_provider"):
        for name, resource in template.stack.all(type_).items():
            template.learn(f"{type_}.{name}", name=resource["name"])
    for name in template.stack.all("aws_ecs_cluster_capacity_providers"):
        offered = template.resource("aws_ecs_cluster_capacity_providers", name)
        ecs.create_cluster(clusterName=offered["cluster_name"], capacityProviders=offered["capacity_providers"])
