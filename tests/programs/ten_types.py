"""Synthesize a stack with resources of ten types, and print its JSON."""

from cdktf import TerraformStack, Testing
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.data_aws_availability_zones import DataAwsAvailabilityZones
from cdktf_cdktf_provider_aws.ecs_cluster import EcsCluster, EcsClusterSetting
from cdktf_cdktf_provider_aws.efs_file_system import EfsFileSystem
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.provider import AwsProvider
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc

stack = TerraformStack(Testing.app(), "stack")
AwsProvider(stack, "aws", region="eu-central-1")
zones = DataAwsAvailabilityZones(stack, "Zones", state="available")
vpc = Vpc(stack, "Vpc", cidr_block="10.0.0.0/16")
Subnet(stack, "Subnet", vpc_id=vpc.id, cidr_block="10.0.0.0/24", tags={"zone": zones.id})
queue = SqsQueue(stack, "Queue")
role = IamRole(stack, "Role", assume_role_policy="{}")
IamRolePolicy(stack, "Policy", role=role.name, policy=queue.arn)
EcsCluster(stack, "Cluster", name="c", setting=[EcsClusterSetting(name="containerInsights", value="enabled")])
EfsFileSystem(stack, "FileSystem", encrypted=True)
CloudwatchLogGroup(stack, "Logs", retention_in_days=30)
print(Testing.synth(stack))
