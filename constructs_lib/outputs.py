"""The outputs of the stack: what a deployment prints, and what scripts read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformOutput

from constructs_lib.version import OUTPUT, package_version

if TYPE_CHECKING:
    from constructs_lib.airflow_stack import AirflowStack


def define_outputs(stack: AirflowStack) -> None:
    """Define the outputs of *stack*; none is a secret's value."""
    admin = stack.secrets.admin_arn
    read = f"aws secretsmanager get-secret-value --region {stack.account.region} --query SecretString --output text"
    services = [each.service.name for each in stack.airflow.services]
    outputs: dict[str, tuple[object, str]] = {
        "airflow_url": (stack.load_balancer.url, "Airflow's UI and API"),
        "admin_password_secret": (admin, "ARN of the secret with the first user's name and password"),
        "admin_password_command": (f"{read} --secret-id {admin}", "Prints the first user's name and password"),
        "cluster_name": (stack.cluster.name, "The ECS cluster"),
        "service_names": (services, "The ECS services that run Airflow"),
        "task_definitions": (stack.dag_tasks.families, "The task definition family of each folder of tasks/"),
        "task_logs_bucket": (stack.task_logs.bucket_name, "The bucket with the logs of finished task instances"),
        "database_host": (stack.database.host, "The host of Airflow's metadata database, reachable inside the VPC"),
        OUTPUT: (package_version(), "The version of airflow-on-fargate that wrote this Terraform"),
    }
    for name, (value, description) in outputs.items():
        TerraformOutput(stack, name, value=value, description=description)
