"""What a deployment needs of the services that run containers, scale and pause them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_on_fargate.pipeline_roles.stage_arns import statement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_on_fargate.pipeline_roles.stage_arns import Conditions, StageArns, Statement

OF_SERVICES = {
    "StringEquals": {
        "application-autoscaling:service-namespace": "ecs",
        "application-autoscaling:scalable-dimension": "ecs:service:DesiredCount",
    }
}


def compute(arns: StageArns) -> Iterator[Statement]:
    """Yield what creates, changes and deletes cluster, services, images, schedules and the private DNS zone."""
    name = arns.name
    yield statement(
        "Containers",
        [
            *("ecs:CreateCluster", "ecs:CreateService", "ecs:DeleteCluster", "ecs:DeleteService"),
            *("ecs:PutClusterCapacityProviders", "ecs:RegisterTaskDefinition", "ecs:TagResource"),
            *("ecs:UntagResource", "ecs:UpdateCluster", "ecs:UpdateService"),
        ],
        arns.of("ecs", f"cluster/{name}", f"service/{name}/*", f"task-definition/{name}-*:*"),
    )
    yield statement("RemoveTaskDefinitions", ["ecs:DeregisterTaskDefinition"], ["*"])
    yield statement(
        "Images",
        [
            f"ecr:{each}"
            for each in (
                *("BatchCheckLayerAvailability", "BatchGetImage", "CompleteLayerUpload", "CreateRepository"),
                *("DeleteLifecyclePolicy", "DeleteRepository", "DescribeImages", "InitiateLayerUpload", "PutImage"),
                *("PutImageScanningConfiguration", "PutImageTagMutability", "PutLifecyclePolicy", "TagResource"),
                *("UntagResource", "UploadLayerPart"),
            )
        ],
        arns.of("ecr", f"repository/{name}-*"),
    )
    yield statement("LogIntoRegistry", ["ecr:GetAuthorizationToken"], ["*"])
    yield statement(
        "Schedules",
        [
            *("scheduler:CreateSchedule", "scheduler:CreateScheduleGroup", "scheduler:DeleteSchedule"),
            *("scheduler:DeleteScheduleGroup", "scheduler:TagResource", "scheduler:UntagResource"),
            *("scheduler:UpdateSchedule", "ssm:AddTagsToResource", "ssm:DeleteParameter", "ssm:PutParameter"),
            "ssm:RemoveTagsFromResource",
        ],
        [
            *arns.of("scheduler", *arns.schedules),
            *arns.of("ssm", f"parameter/{name}/running"),
        ],
    )
    yield from _scaling(arns)
    yield from _dns(arns)


def _scaling(arns: StageArns) -> Iterator[Statement]:
    targets = arns.of("application-autoscaling", "scalable-target/*")
    yield statement(
        "NewScalableTargets",
        ["application-autoscaling:RegisterScalableTarget"],
        targets,
        _both(OF_SERVICES, arns.made_tagged),
    )
    yield statement(
        "ScalableTargets",
        [
            f"application-autoscaling:{each}"
            for each in (
                "DeleteScalingPolicy",
                "DeregisterScalableTarget",
                "PutScalingPolicy",
                "RegisterScalableTarget",
            )
        ],
        targets,
        _both(OF_SERVICES, arns.tagged),
    )
    yield statement("TagNewScalableTargets", ["application-autoscaling:TagResource"], targets, arns.made_tagged)
    yield statement("UntagScalableTargets", ["application-autoscaling:UntagResource"], targets, arns.tagged)
    yield statement(
        "Alarms",
        [
            *("cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"),
            "cloudwatch:UntagResource",
        ],
        # Application Auto Scaling creates the second kind for a target-tracking policy, with the caller's credentials.
        arns.of("cloudwatch", f"alarm:{arns.name}-*", f"alarm:TargetTracking-service/{arns.name}/*"),
    )


def _dns(arns: StageArns) -> Iterator[Statement]:
    zones, services = arns.of("servicediscovery", "namespace/*"), arns.of("servicediscovery", "service/*")
    yield statement(
        "MakeNamespace",
        ["servicediscovery:CreatePrivateDnsNamespace", "servicediscovery:TagResource"],
        ["*"],
        arns.made_tagged,
    )
    yield statement("MakeDiscoveryService", ["servicediscovery:CreateService"], services, arns.made_tagged)
    yield statement(
        "Discovery",
        [
            f"servicediscovery:{each}"
            for each in (
                *("CreateService", "DeleteNamespace", "DeleteService", "DeregisterInstance"),
                *("UpdatePrivateDnsNamespace", "UpdateService"),
            )
        ],
        [*zones, *services],
        arns.tagged,
    )
    yield statement(
        "DiscoveryProgress", ["servicediscovery:GetOperation", "servicediscovery:ListInstances"], [*zones, *services]
    )
    # Cloud Map creates and deletes the namespace's hosted zone with the caller's credentials; AWS chooses its id.
    yield statement(
        "MakeHostedZone",
        [
            *("ec2:DescribeRegions", "route53:AssociateVPCWithHostedZone", "route53:CreateHostedZone"),
            *("route53:ListHostedZonesByName", "servicediscovery:UntagResource"),
        ],
        ["*"],
    )
    yield statement(
        "HostedZone",
        ["route53:DeleteHostedZone", "route53:GetHostedZone"],
        arns.global_("route53", "hostedzone/*"),
    )


def _both(first: Conditions, second: Conditions) -> Conditions:
    return {"StringEquals": {**first["StringEquals"], **second["StringEquals"]}}
