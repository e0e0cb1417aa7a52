"""Make the stage's ECS cluster in the AWS endpoint, with the capacity providers that it offers."""

from typing import Any

from airflow_on_fargate.local.template import Template


def make_cluster(ecs: Any, template: Template) -> None:  # noqa: ANN401 boto3 makes its clients at run time
    """Create the cluster; EC2 instances have only a capacity provider, because their tasks run on this machine."""
    for type_ in ("aws_ecs_cluster", "aws_ecs_capacity_provider"):
        for name, resource in template.stack.all(type_).items():
            template.learn(f"{type_}.{name}", name=resource["name"])
    for name in template.stack.all("aws_ecs_cluster_capacity_providers"):
        offered = template.resource("aws_ecs_cluster_capacity_providers", name)
        ecs.create_cluster(clusterName=offered["cluster_name"], capacityProviders=offered["capacity_providers"])
