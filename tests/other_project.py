"""A stack of another project, which is CDKTF's own `TerraformStack`, with constructs of this library."""

from dataclasses import dataclass

from cdktf import DataResource, TerraformOutput, TerraformStack, Testing
from cdktf_cdktf_provider_aws.provider import AwsProvider
from constructs import Construct

from constructs_lib import Account, Database, Network, Queue, SecurityGroup, TaskRole, create_after
from constructs_lib.network.network import Nat
from tests.template import Template


@dataclass(frozen=True)
class Program:
    """A program that uses the database and the queue."""

    security_group: SecurityGroup
    role: TaskRole


class OtherStack(TerraformStack):
    """A network, a database and a queue, without Airflow and without a line of its settings."""

    def __init__(self, scope: Construct, id_: str, *, nat: Nat) -> None:
        super().__init__(scope, id_)

        AwsProvider(self, "Aws", region="eu-central-1")
        account = Account(self, "Account", region="eu-central-1")
        network = Network(
            self, "Network", account=account, name="orders", nat=nat, endpoint_services=["sqs", "secretsmanager"]
        )
        database = Database(self, "Database", account=account, network=network, name="orders", multi_az=True)
        queue = Queue(self, "Queue", name="orders")
        program = Program(
            SecurityGroup(self, "SecurityGroup", network=network, owner="Program"),
            TaskRole(self, "TaskRole", account=account, name="orders"),
        )
        database.allow_from(program)
        queue.grant_send(program)
        start = DataResource(self, "Start", input={"host": database.host})
        create_after(start, network.ready, database.ready, program.role.ready)
        TerraformOutput(self, "QueueUrl", value=queue.url)


def composed(nat: Nat) -> Template:
    """Return what the other project synthesizes."""
    return Template.of(OtherStack(Testing.app(), "orders", nat=nat))
