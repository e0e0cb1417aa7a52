"""What a deployment needs of the network: EC2 and the load balancer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_on_fargate.pipeline_roles.stage_arns import statement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_on_fargate.pipeline_roles.stage_arns import StageArns, Statement
    from constructs_lib.settings.settings import Settings

MAKE = {
    ("ec2:AllocateAddress", "ec2:CreateVpc"): ("elastic-ip", "vpc"),
    ("ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:CreateSubnet"): (
        "route-table",
        "security-group",
        "subnet",
    ),
    (
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateInternetGateway",
        "ec2:CreateNatGateway",
        "ec2:CreateVpcEndpoint",
    ): ("internet-gateway", "natgateway", "security-group-rule", "vpc-endpoint"),
}
"""Actions that create resources, and the types that they create: no action creates a type inside another of its row."""
CHANGE = (
    *("ec2:AssociateRouteTable", "ec2:AttachInternetGateway", "ec2:AuthorizeSecurityGroupEgress"),
    *("ec2:AuthorizeSecurityGroupIngress", "ec2:CreateNatGateway", "ec2:CreateNetworkInterface", "ec2:CreateRoute"),
    *("ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:CreateSubnet", "ec2:CreateTags", "ec2:CreateVpcEndpoint"),
    *("ec2:DeleteInternetGateway", "ec2:DeleteNatGateway", "ec2:DeleteRoute", "ec2:DeleteRouteTable"),
    *("ec2:DeleteSecurityGroup", "ec2:DeleteSubnet", "ec2:DeleteTags", "ec2:DeleteVpc", "ec2:DeleteVpcEndpoints"),
    *("ec2:DetachInternetGateway", "ec2:DisassociateRouteTable", "ec2:ModifySecurityGroupRules"),
    *("ec2:ModifySubnetAttribute", "ec2:ModifyVpcAttribute", "ec2:ModifyVpcEndpoint", "ec2:ReleaseAddress"),
    *("ec2:ReplaceRoute", "ec2:ReplaceRouteTableAssociation", "ec2:RevokeSecurityGroupEgress"),
    "ec2:RevokeSecurityGroupIngress",
)
"""Actions on an existing resource of the stage, or inside it."""
MADE_BY = tuple(sorted(action.removeprefix("ec2:") for actions in MAKE for action in actions))


def network(arns: StageArns, settings: Settings) -> Iterator[Statement]:
    """Yield what creates, changes and deletes the network of a stage; all of it has the stage's tag."""
    for number, (actions, types) in enumerate(MAKE.items(), 1):
        yield statement(
            f"MakeWithTag{number}", actions, arns.of("ec2", *(f"{each}/*" for each in types)), arns.made_tagged
        )
    yield statement("ChangeWhatHasTheTag", CHANGE, arns.of("ec2", "*/*"), arns.tagged)
    yield statement(
        "TagWhatIsNew",
        ["ec2:CreateTags"],
        arns.of("ec2", "*/*"),
        {
            "StringEquals": {
                # EC2 Auto Scaling asks whether the caller may start the instances that it will start with these tags.
                "ec2:CreateAction": [*MADE_BY, "CreateLaunchTemplate", "RunInstances"]
                if settings.ec2_capacity
                else MADE_BY
            }
        },
    )
    # EFS creates and deletes one in each subnet with the caller's credentials. It has no tag.
    yield statement(
        "MountTargets",
        ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"],
        arns.of("ec2", "network-interface/*"),
    )
    if existing := settings.existing_network:
        yield statement(
            "UseExistingNetwork",
            ["ec2:CreateNetworkInterface", "ec2:CreateSecurityGroup"],
            arns.of("ec2", f"vpc/{existing.vpc_id}", *(f"subnet/{each}" for each in existing.private_subnet_ids)),
        )
    else:
        # EC2 creates it with the VPC, without a tag; Terraform adopts it and removes its rules.
        yield statement(
            "TakeOverDefaultSecurityGroup",
            ["ec2:CreateTags", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
            arns.of("ec2", "security-group/*"),
            arns.untagged,
        )
    if database := settings.existing_database:
        yield statement(
            "OpenExistingDatabase",
            [
                *("ec2:AuthorizeSecurityGroupIngress", "ec2:ModifySecurityGroupRules"),
                "ec2:RevokeSecurityGroupIngress",
            ],
            arns.of("ec2", f"security-group/{database.security_group_id}"),
        )
    yield from _load_balancer(arns)


def _load_balancer(arns: StageArns) -> Iterator[Statement]:
    # Elastic Load Balancing asks EC2 with the caller's credentials.
    yield statement("CheckAccount", ["ec2:DescribeAccountAttributes"], ["*"])
    yield statement("CheckSecurityGroups", ["ec2:GetSecurityGroupsForVpc"], arns.of("ec2", "vpc/*"))
    yield statement(
        "LoadBalancer",
        [
            f"elasticloadbalancing:{each}"
            for each in (
                *("AddTags", "CreateListener", "CreateLoadBalancer", "CreateTargetGroup", "DeleteListener"),
                *("DeleteLoadBalancer", "DeleteTargetGroup", "ModifyListener", "ModifyListenerAttributes"),
                *("ModifyLoadBalancerAttributes", "ModifyTargetGroup", "ModifyTargetGroupAttributes", "RemoveTags"),
                *("SetSecurityGroups", "SetSubnets"),
            )
        ],
        arns.of(
            "elasticloadbalancing",
            *(f"listener/net/{arns.name}/*", f"loadbalancer/net/{arns.name}/*", f"targetgroup/{arns.name}-*/*"),
        ),
    )
