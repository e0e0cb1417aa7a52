"""What the stand-in for Terraform's provider writes of its calls (`STANDIN_CALLS`), as requests that IAM decides on."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from constructs_lib.settings.dag_bundles import task_tables
from constructs_lib.settings.settings import Settings
from tests.airflow_on_fargate.pipeline_roles import reference
from tests.airflow_on_fargate.pipeline_roles.evaluator import Request

FREE = ("sts:GetCallerIdentity", "sts:AssumeRole")
"""AWS checks no policy for the first; the caller makes the second before it has the role."""
NOT_IN_TABLE = {"data.aws_vpc_endpoint_service": "ec2:DescribeVpcEndpointServices"}
"""What types of which the stand-in knows no calls ask for."""
OBJECT = "aws_s3_object"
OBJECT_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "read": ("s3:GetObject", "s3:GetObjectTagging"),
    "create": ("s3:PutObject",),
    "update": ("s3:PutObject",),
    # A bucket with versions is emptied of those of the key.
    "delete": ("s3:ListBucketVersions", "s3:DeleteObject", "s3:DeleteObjectVersion"),
}
"""What the provider's `aws_s3_object` calls, which the stand-in does not know (its source, `object.go`)."""
UNTAG = {
    "acm:AddTagsToCertificate": "acm:RemoveTagsFromCertificate",
    "autoscaling:CreateOrUpdateTags": "autoscaling:DeleteTags",
    "ec2:CreateTags": "ec2:DeleteTags",
    "elasticloadbalancing:AddTags": "elasticloadbalancing:RemoveTags",
    "iam:TagInstanceProfile": "iam:UntagInstanceProfile",
    "iam:TagRole": "iam:UntagRole",
    "rds:AddTagsToResource": "rds:RemoveTagsFromResource",
    "sqs:TagQueue": "sqs:UntagQueue",
    "ssm:AddTagsToResource": "ssm:RemoveTagsFromResource",
}
"""What a removed tag needs, which the stand-in's table leaves out; elsewhere it is `UntagResource`."""
ALSO_ON = {
    "ec2": {
        *("elastic-ip", "image", "instance", "internet-gateway", "launch-template", "natgateway", "network-interface"),
        *("route-table", "security-group", "security-group-rule", "subnet", "volume", "vpc", "vpc-endpoint"),
    },
    "rds": {"og", "pg", "subgrp"},
    "servicediscovery": {"namespace"},
}
"""Types that the stage has, on which AWS decides, too, when a call names one of them."""
PARENT_OF_NONE = {"ec2:DisassociateRouteTable": {"internet-gateway"}, "ec2:AssociateRouteTable": {"internet-gateway"}}
"""Types that these calls of ours do not name."""
NEW = {"AllocateAddress": "elastic-ip", "RegisterScalableTarget": "ScalableTarget", "RequestCertificate": "certificate"}
"""The resources that actions create under another name."""


class Call(NamedTuple):
    """A line of the stand-in."""

    operation: str
    type: str
    action: str
    arn: str


def read(text: str) -> set[Call]:
    """Return the calls in what the stand-in wrote."""
    lines = (each for line in text.splitlines() for each in _known(line.split("\t")))
    lines = ([each[0], each[1], NOT_IN_TABLE.get(each[1], each[2]), *each[3:]] for each in lines)
    return {Call(*fields[:4]) for fields in lines if fields[2] not in FREE}


def _known(fields: list[str]) -> Iterator[list[str]]:
    """Yield the fields of a line, with each action of an object, whose actions the stand-in does not know."""
    operation, resource_type, action, *rest = fields
    actions = OBJECT_ACTIONS[operation] if resource_type == OBJECT else (action,)
    yield from ([operation, resource_type, each, *rest] for each in actions)


@dataclass(frozen=True)
class Stage:
    """The stage whose calls they are: what AWS knows of its resources."""

    settings: Settings
    account: str = "123456789012"

    def requests(self, call: Call) -> Iterator[Request]:
        """Yield what IAM decides on for a *call*: one decision for each resource that it names."""
        if call.type == OBJECT:
            yield from self._object_requests(call.action)
            return
        yield from self._requests(call)
        if call.operation == "update" and _tags(call.action):
            service = call.action.partition(":")[0]
            untag = UNTAG.get(call.action, f"{service}:UntagResource")
            if call.action != "s3:PutBucketTagging":
                yield from self._requests(call._replace(action=untag))

    def _requests(self, call: Call) -> Iterator[Request]:
        service = call.action.partition(":")[0]
        arn = self._as_aws_has_it(call)
        known = reference.types(call.action)
        needed = reference.types(call.action, required=True)
        named = [arn] if arn != "*" and known else []
        if not named and not needed:
            yield Request(call.action, "*", self._context(call, None))
            return
        seen = {reference.type_of(call.action, each) for each in named}
        for each in known if "Tag" not in call.action else ():
            also = each in needed or each in ALSO_ON.get(service, ())
            if also and not (each in seen or _is_base(each, seen) or each in PARENT_OF_NONE.get(call.action, ())):
                named.append(self._some(service, each))
        for each in named:
            yield Request(call.action, each, self._context(call, each))

    def _object_requests(self, action: str) -> Iterator[Request]:
        """Yield the requests for each table of deployed tasks: the stand-in does not write which object it is."""
        for table in task_tables(self.settings.dags):
            bucket = table.bucket or f"{self.settings.name}-dags-{self.account}-{self.settings.region}"
            arn = f"arn:aws:s3:::{bucket}"
            yield Request(action, arn if "Bucket" in action else f"{arn}/{table.prefix}/tasks.json")

    def _as_aws_has_it(self, call: Call) -> str:
        """Return the ARN in AWS's form, where the stand-in's is another one."""
        name, arn = self.settings.name, call.arn
        if call.type == "aws_default_security_group" and arn != "*":
            return self._some("ec2", "security-group").replace("some", "default")
        if (
            call.type == "aws_lb_listener"
            and "Listener" in call.action
            and call.action.partition(":")[2] != "CreateListener"
        ):
            arn = arn.replace(":loadbalancer/", ":listener/")
        for wrong, right in (
            (rf":schedule/default/({name}-(?:cluster|database)-logs)", r":schedule/\1/\1"),
            (r":schedule/default/", f":schedule/{name}/"),
            (r":schedule_group/", ":schedule-group/"),
            (r":parameter//", ":parameter/"),
            (r":group/", ":autoScalingGroup:0a1b:autoScalingGroupName/"),
            (r":instance-profile/", f":instance-profile{self.settings.role_path}{name}/"),
            (r":data\.aws_secretsmanager_secret/(.+)", r":secret:\1-a1B2c3"),
        ):
            arn = re.sub(wrong, right, arn)
        return arn

    def _some(self, service: str, resource_type: str) -> str:
        """Return the ARN of one of the stage's resources of a type."""
        name, network = self.settings.name, self.settings.existing_network
        words: Mapping[str, str] = {
            "alarm": f"alarm:TargetTracking-service/{name}/airflow-AlarmHigh-0a1b",
            "og": "og:default:postgres-17",
            "pg": f"pg:{name}-postgres17",
            "subgrp": f"subgrp:{name}",
            "ScalableTarget": "scalable-target/0a1b",
            "cluster": f"cluster/{name}",
            "capacity-provider": f"capacity-provider/{name}-ec2",
            "vpc": f"vpc/{network.vpc_id if network else 'some'}",
            "subnet": f"subnet/{network.private_subnet_ids[0] if network else 'some'}",
        }
        word = words.get(resource_type, f"{resource_type}/some")
        if service == "route53":
            return f"arn:aws:route53:::{word}"
        account = "" if resource_type == "image" else self.account
        return f"arn:aws:{service}:{self.settings.region}:{account}:{word}"

    def _context(self, call: Call, arn: str | None) -> dict[str, str]:
        """Return what AWS fills of the condition keys that the policies use."""
        service, _, name = call.action.partition(":")
        resource_type = reference.type_of(call.action, arn) if arn else None
        keys = reference.keys(call.action, resource_type)
        context = {
            "acm:ValidationMethod": "DNS",
            "application-autoscaling:scalable-dimension": "ecs:service:DesiredCount",
            "application-autoscaling:service-namespace": "ecs",
            "ec2:LaunchTemplate": f"arn:aws:ec2:{self.settings.region}:{self.account}:launch-template/some",
            "iam:PassedToService": _taker(call.type),
            "iam:PermissionsBoundary": self.settings.permissions_boundary_arn or "",
        }
        if service == "ec2" and name == "CreateTags" and call.operation == "create":
            context["ec2:CreateAction"] = CREATED_BY.get(call.type, "")
        if service == "elasticfilesystem" and call.operation == "create":
            context["elasticfilesystem:CreateAction"] = {
                "aws_efs_file_system": "CreateFileSystem",
                "aws_efs_access_point": "CreateAccessPoint",
            }.get(call.type, "")
        known = {key: value for key, value in context.items() if key in keys and value}
        if call.operation in ("create", "update") and "aws:RequestTag" in keys:
            known["aws:RequestTag/Stack"] = self.settings.name
        has_tag = arn and not self._is_new(call, resource_type) and not self._is_foreign(arn, call)
        if has_tag and "aws:ResourceTag" in keys | reference.keys_of_resource(call.action, resource_type):
            known["aws:ResourceTag/Stack"] = self.settings.name
        return known

    def _is_new(self, call: Call, resource_type: str | None) -> bool:
        name = call.action.partition(":")[2]
        if name.startswith("Authorize") or name == "RunInstances":
            return resource_type in ("security-group-rule", "instance", "volume", "network-interface")
        made = NEW.get(name) or name.removeprefix("Create")
        return (
            call.operation == "create"
            and (resource_type or "").replace("-", "").lower() == made.replace("-", "").lower()
        )

    def _is_foreign(self, arn: str, call: Call) -> bool:
        """Return whether a resource has no tag of the stage: others made it, or AWS did."""
        existing = self.settings.existing_network
        word = arn.rpartition(":")[2]
        database = self.settings.existing_database
        untagged = (
            {f"vpc/{existing.vpc_id}", *(f"subnet/{each}" for each in existing.private_subnet_ids)}
            if existing
            else set()
        )
        untagged |= {f"security-group/{database.security_group_id}"} if database else set()
        by_aws = word.startswith("network-interface/") or (
            call.operation == "create" and word == "security-group/default"
        )
        return word in untagged or by_aws


CREATED_BY = {
    "aws_eip": "AllocateAddress",
    "aws_internet_gateway": "CreateInternetGateway",
    "aws_launch_template": "CreateLaunchTemplate",
    "aws_nat_gateway": "CreateNatGateway",
    "aws_route_table": "CreateRouteTable",
    "aws_security_group": "CreateSecurityGroup",
    "aws_subnet": "CreateSubnet",
    "aws_vpc": "CreateVpc",
    "aws_vpc_endpoint": "CreateVpcEndpoint",
    "aws_vpc_security_group_egress_rule": "AuthorizeSecurityGroupEgress",
    "aws_vpc_security_group_ingress_rule": "AuthorizeSecurityGroupIngress",
}
"""The call of EC2 that creates a resource with its tags."""


def _tags(action: str) -> bool:
    return action in UNTAG or action.endswith(":TagResource")


def _is_base(resource_type: str, seen: set[str | None]) -> bool:
    """Return whether a resource type in the list is the same kind: `loadbalancer/net/` is a `loadbalancer`."""
    base = resource_type.partition("/")[0]
    return any(each and each.partition("/")[0] == base for each in seen)


def _taker(kind: str) -> str:
    return {
        "aws_ecs_task_definition": "ecs-tasks.amazonaws.com",
        "aws_scheduler_schedule": "scheduler.amazonaws.com",
        "aws_iam_instance_profile": "ec2.amazonaws.com",
    }.get(kind, "")
