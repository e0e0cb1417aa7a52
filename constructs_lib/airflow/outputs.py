"""What a deployment tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformOutput

if TYPE_CHECKING:
    from constructs import Construct

    from constructs_lib.airflow.airflow import Airflow
    from constructs_lib.network.load_balancer import LoadBalancer
    from constructs_lib.storage.database import Database
    from constructs_lib.storage.keys import Keys


def define_outputs(
    scope: Construct, *, airflow: Airflow, database: Database, keys: Keys, load_balancer: LoadBalancer
) -> None:
    """Define the outputs of the stack; none is a secret's value."""
    region = airflow.cluster.account.region
    read = f"aws secretsmanager get-secret-value --region {region} --query SecretString --output text --secret-id"
    outputs: dict[str, tuple[object, str]] = {
        "airflow_url": (load_balancer.url, "Airflow's UI and API"),
        "admin_password_secret": (keys.admin_arn, "ARN of the secret with the first user's name and password"),
        "admin_password_command": (f"{read} {keys.admin_arn}", "Prints the first user's name and password"),
        "cluster_name": (airflow.cluster.name, "The ECS cluster"),
        "service_names": ([each.service.name for each in airflow.services], "The ECS services that run Airflow"),
        "task_definitions": (airflow.task_families, "The task definition family of each folder of tasks/"),
        "task_logs_bucket": (airflow.task_logs_bucket, "The bucket with the logs of finished task instances"),
        "database_host": (database.host, "The host of Airflow's metadata database, reachable inside the VPC"),
    }
    for name, (value, description) in outputs.items():
        TerraformOutput(scope, name, value=value, description=description)
