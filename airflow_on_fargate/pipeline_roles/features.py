"""What a deployment needs for features that a stage may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_on_fargate.pipeline_roles.stage_arns import statement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_on_fargate.pipeline_roles.stage_arns import StageArns, Statement
    from constructs_lib.settings.settings import Settings


def ec2_capacity(arns: StageArns, settings: Settings) -> Iterator[Statement]:
    """Yield what creates, changes and deletes the instances of `ec2_capacity`, if the stage has it."""
    if not settings.ec2_capacity:
        return
    name = f"{arns.name}-ec2"
    yield statement(
        "InstanceGroup",
        [
            *("autoscaling:CreateAutoScalingGroup", "autoscaling:CreateOrUpdateTags"),
            *("autoscaling:DeleteAutoScalingGroup", "autoscaling:DeleteTags", "autoscaling:UpdateAutoScalingGroup"),
        ],
        arns.of("autoscaling", f"autoScalingGroup:*:autoScalingGroupName/{name}"),
    )
    yield statement(
        "CapacityProvider",
        [
            *("ecs:CreateCapacityProvider", "ecs:DeleteCapacityProvider", "ecs:TagResource", "ecs:UntagResource"),
            "ecs:UpdateCapacityProvider",
        ],
        arns.of("ecs", f"capacity-provider/{name}"),
    )
    yield from _launch_template(arns)
    yield statement(
        "InstanceProfile",
        [
            f"iam:{each}"
            for each in (
                *("AddRoleToInstanceProfile", "CreateInstanceProfile", "DeleteInstanceProfile"),
                *("RemoveRoleFromInstanceProfile", "TagInstanceProfile", "UntagInstanceProfile"),
            )
        ],
        arns.everywhere("iam", f"instance-profile{settings.role_path}{arns.name}/*"),
    )


def _launch_template(arns: StageArns) -> Iterator[Statement]:
    templates = arns.of("ec2", "launch-template/*")
    yield statement("MakeLaunchTemplate", ["ec2:CreateLaunchTemplate"], templates, arns.made_tagged)
    yield statement(
        "LaunchTemplate",
        [
            *("ec2:CreateLaunchTemplateVersion", "ec2:DeleteLaunchTemplate", "ec2:ModifyLaunchTemplate"),
            "ec2:RunInstances",
        ],
        templates,
        arns.tagged,
    )
    # EC2 Auto Scaling checks whether the caller may start what the launch template describes; the template is above.
    yield statement(
        "StartFromTemplate",
        ["ec2:RunInstances"],
        [
            *arns.of(
                "ec2",
                *("instance/*", "network-interface/*", "security-group/*", "subnet/*", "volume/*"),
            ),
            *arns.public("ec2", "image/*"),
        ],
        {"ArnLike": {"ec2:LaunchTemplate": templates[0]}},
    )
    yield statement("FindImage", ["ssm:GetParameters"], arns.public("ssm", "parameter/aws/service/ecs/*"))


def domain(arns: StageArns, settings: Settings) -> Iterator[Statement]:
    """Yield what creates, changes and deletes certificate and records of `domain_name`, if the stage has one."""
    if not settings.domain_name:
        return
    yield statement(
        "RequestCertificate",
        ["acm:RequestCertificate"],
        ["*"],
        {"StringEquals": {**arns.made_tagged["StringEquals"], "acm:ValidationMethod": "DNS"}},
    )
    certificates = arns.of("acm", "certificate/*")
    yield statement("TagCertificate", ["acm:AddTagsToCertificate"], certificates, arns.made_tagged)
    yield statement(
        "Certificate",
        ["acm:DeleteCertificate", "acm:RemoveTagsFromCertificate", "acm:UpdateCertificateOptions"],
        certificates,
        arns.tagged,
    )
    yield statement(
        "Records",
        ["route53:ChangeResourceRecordSets"],
        arns.global_("route53", f"hostedzone/{settings.hosted_zone_id}"),
    )
    yield statement("WaitForRecords", ["route53:GetChange"], arns.global_("route53", "change/*"))
