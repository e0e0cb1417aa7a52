"""The EC2 instances that tasks run on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import Fn, TerraformResourceLifecycle, Token
from cdktf_cdktf_provider_aws.autoscaling_group import (
    AutoscalingGroup,
    AutoscalingGroupLaunchTemplate,
    AutoscalingGroupTag,
)
from cdktf_cdktf_provider_aws.ecs_capacity_provider import (
    EcsCapacityProvider,
    EcsCapacityProviderAutoScalingGroupProvider,
    EcsCapacityProviderAutoScalingGroupProviderManagedScaling,
)
from cdktf_cdktf_provider_aws.launch_template import (
    LaunchTemplate,
    LaunchTemplateBlockDeviceMappings,
    LaunchTemplateBlockDeviceMappingsEbs,
    LaunchTemplateIamInstanceProfile,
    LaunchTemplateMetadataOptions,
    LaunchTemplateNetworkInterfaces,
    LaunchTemplateTagSpecifications,
)
from constructs import Construct

from constructs_lib.ecs.instance_profile import InstanceProfile
from constructs_lib.engine.created_with import CreatedWith
from constructs_lib.engine.order import create_after
from constructs_lib.network.security_group import SecurityGroup
from constructs_lib.shared.capacity import ec2_provider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdktf_cdktf_provider_aws.ecs_cluster import EcsCluster

    from constructs_lib.iam.account import Account
    from constructs_lib.network.network import Network

IMAGES = {"ARM64": "arm64/recommended", "X86_64": "recommended"}
IMAGE = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/{}/image_id"
"""Each instance starts with AWS's newest image, and a new one changes no plan."""
ROOT_DEVICE = "/dev/xvda"
USER_DATA = """\
#!/bin/bash
cat >> /etc/ecs/ecs.config <<'END'
ECS_CLUSTER={cluster}
ECS_AWSVPC_BLOCK_IMDS=true
ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION=10m
END
"""
"""
The agent's settings (AWS: "Amazon ECS container agent configuration"): the cluster, no access of tasks to the role of
the instance, and stopped containers removed after ten minutes instead of three hours.
"""


class ContainerInstances(Construct):
    """
    Define a group of ECS container instances, and the capacity provider with which ECS starts and terminates them.

    An instance is not terminated while a task runs on it. Only AWS itself can log in to it. *architecture* is that of
    *instance_type*. AWS sets *tags* on what it creates later.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        account: Account,
        network: Network,
        cluster: EcsCluster,
        cluster_name: str,
        instance_type: str,
        architecture: str,
        max_instances: int,
        root_volume_gib: int,
        tags: Mapping[str, str],
    ) -> None:
        super().__init__(scope, id_)

        self._account, self._network = account, network
        self._name = ec2_provider(cluster_name)
        tags = {"Name": self._name, **tags}
        profile = InstanceProfile(self, "Profile", account=account, name=self._name, cluster=cluster_name)
        security_group = SecurityGroup(self, "SecurityGroup", network=network, owner="ContainerInstances")
        # ECS, and the registries of images, which may have any port.
        security_group.allow_to_anywhere()
        template = self._launch_template(
            image_id=IMAGE.format(IMAGES[architecture]),
            instance_type=instance_type,
            profile_arn=profile.arn,
            user_data=USER_DATA.format(cluster=cluster_name),
            security_group_id=security_group.id,
            root_volume_gib=root_volume_gib,
            tags=tags,
        )
        group = self._group(template, max_instances=max_instances, tags=tags)
        # AWS deletes no cluster that has instances, so they are destroyed first. They need their way to ECS until then.
        create_after(group, cluster, profile.ready, security_group.ready, network.ready)
        self.capacity_provider = self._capacity_provider(group)

    def _launch_template(
        self,
        *,
        image_id: str,
        instance_type: str,
        profile_arn: str,
        user_data: str,
        security_group_id: str,
        root_volume_gib: int,
        tags: Mapping[str, str],
    ) -> LaunchTemplate:
        volume = LaunchTemplateBlockDeviceMappingsEbs(
            encrypted="true", volume_type="gp3", volume_size=root_volume_gib, delete_on_termination="true"
        )
        return LaunchTemplate(
            self,
            "LaunchTemplate",
            name=self._name,
            image_id=image_id,
            instance_type=instance_type,
            iam_instance_profile=LaunchTemplateIamInstanceProfile(arn=profile_arn),
            user_data=Fn.base64encode(user_data),
            metadata_options=LaunchTemplateMetadataOptions(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            block_device_mappings=[LaunchTemplateBlockDeviceMappings(device_name=ROOT_DEVICE, ebs=volume)],
            network_interfaces=[
                LaunchTemplateNetworkInterfaces(
                    associate_public_ip_address="false",
                    security_groups=[security_group_id],
                    delete_on_termination="true",
                )
            ],
            tag_specifications=[
                LaunchTemplateTagSpecifications(resource_type=kind, tags=tags)
                for kind in ("volume", "network-interface")
            ],
            update_default_version=True,
        )

    def _group(self, template: LaunchTemplate, *, max_instances: int, tags: Mapping[str, str]) -> AutoscalingGroup:
        return AutoscalingGroup(
            self,
            "Resource",
            name=self._name,
            min_size=0,
            # ECS sets the number of instances: without `desired_capacity`, Terraform never changes it.
            max_size=max_instances,
            launch_template=AutoscalingGroupLaunchTemplate(
                id=template.id, version=Token.as_string(template.latest_version)
            ),
            vpc_zone_identifier=self._network.private_subnet_ids,
            # ECS removes the protection of an instance on which nothing runs.
            protect_from_scale_in=True,
            # A destroy would wait for protected instances, of which ECS then terminates none.
            force_delete=True,
            # The provider's default tags do not reach a group. ECS adds the last one itself, and needs it.
            tag=[
                AutoscalingGroupTag(key=key, value=value, propagate_at_launch=True)
                for key, value in ({**tags, "AmazonECSManaged": "true"}).items()
            ],
        )

    def _capacity_provider(self, group: AutoscalingGroup) -> str:
        """Define the capacity provider, and return its name."""
        provider = EcsCapacityProvider(
            self,
            "CapacityProvider",
            name=self._name,
            auto_scaling_group_provider=EcsCapacityProviderAutoScalingGroupProvider(
                auto_scaling_group_arn=group.arn,
                managed_scaling=EcsCapacityProviderAutoScalingGroupProviderManagedScaling(
                    status="ENABLED", target_capacity=100
                ),
                managed_termination_protection="ENABLED",
                managed_draining="ENABLED",
            ),
            # The cluster stops using it before it is destroyed. This spreads to all that it depends on: see below.
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        # Another path is another role and profile, which would be created under the same name before the old ones go.
        CreatedWith(
            self,
            "CreatedWith",
            values={"role_path": self._account.role_path},
            what="a stage without ec2_capacity",
            until="remove ec2_capacity first",
        )
        return provider.name
