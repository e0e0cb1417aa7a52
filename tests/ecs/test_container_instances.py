"""Promises of the EC2 instances that tasks run on."""

import re

import pytest

from constructs_lib.engine.template import Quoted, expressions
from tests.template import Properties, Template
from tests.variants import VARIANTS, changed, variant

ARM64, X86_64 = VARIANTS["ec2"], VARIANTS["ec2_x86"]


@pytest.fixture(name="instances", params=["ec2", "ec2_x86"])
def _instances(request: pytest.FixtureRequest) -> Template:
    """Return each variant with instances."""
    return variant(request.param)


def test_without_a_word_there_are_none(compact: Template) -> None:
    """Without `ec2_capacity` a stage has only Fargate."""
    for kind in ("aws_autoscaling_group", "aws_ecs_capacity_provider", "aws_launch_template"):
        assert not compact.all(kind)


def test_there_are_as_many_as_tasks_need(instances: Template) -> None:
    """ECS starts and ends instances from zero, drains those that AWS takes, and ends none that is busy."""
    group, provider = instances.one("aws_autoscaling_group"), instances.one("aws_ecs_capacity_provider")
    ecs = provider["auto_scaling_group_provider"]

    assert group["min_size"] == 0
    assert "desired_capacity" not in group
    assert ecs["auto_scaling_group_arn"] == "${aws_autoscaling_group.cluster_container_instances.arn}"
    assert ecs["managed_scaling"] == {"status": "ENABLED", "target_capacity": 100}
    assert ecs["managed_termination_protection"] == ecs["managed_draining"] == "ENABLED"


def test_size_and_number_are_the_settings() -> None:
    """Type, disk and maximum number of instances are those of the settings."""
    template = variant("ec2_x86")
    [disk] = template.one("aws_launch_template")["block_device_mappings"]

    assert template.one("aws_launch_template")["instance_type"] == "m7i.xlarge"
    assert template.one("aws_autoscaling_group")["max_size"] == 10
    assert disk["device_name"] == "/dev/xvda"
    assert disk["ebs"]["volume_size"] == 100
    assert disk["ebs"]["delete_on_termination"] == "true"


@pytest.mark.parametrize(("name", "path"), [("ec2", "arm64/recommended"), ("ec2_x86", "recommended")])
def test_the_image_is_awss_newest_for_the_processor(name: str, path: str) -> None:
    """An instance uses AWS's newest image for its processor, without a change in a plan."""
    assert variant(name).one("aws_launch_template")["image_id"] == (
        f"resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/{path}/image_id"
    )


def test_new_instances_take_the_newest_template(instances: Template) -> None:
    """New instances use the newest version of the launch template."""
    assert instances.one("aws_autoscaling_group")["launch_template"] == {
        "id": "${aws_launch_template.cluster_container_instances.id}",
        "version": "${aws_launch_template.cluster_container_instances.latest_version}",
    }


def test_tasks_do_not_reach_the_role_of_their_instance(instances: Template) -> None:
    """Tasks cannot reach the metadata of their instance, which has the role's credentials."""
    template = instances.one("aws_launch_template")

    assert template["metadata_options"] == {
        "http_endpoint": "enabled",
        "http_tokens": "required",
        "http_put_response_hop_limit": 1,
    }
    assert "ECS_AWSVPC_BLOCK_IMDS=true" in user_data(template)


def test_an_instance_joins_the_stages_cluster(instances: Template) -> None:
    """An instance joins the stage's cluster by its user data."""
    script = user_data(instances.one("aws_launch_template"))
    [settings] = re.findall(r"^cat >> /etc/ecs/ecs\.config <<'END'\n(.*)END\n", script, re.DOTALL | re.MULTILINE)

    assert script.startswith("#!/bin/bash\n")
    assert f"ECS_CLUSTER={instances.one('aws_ecs_cluster')['name']}" in settings.splitlines()
    assert all(re.fullmatch(r"ECS_\w+=\w[\w-]*", line) for line in settings.splitlines())


def test_stopped_tasks_do_not_fill_the_disk(instances: Template) -> None:
    """Stopped tasks are removed from the disk after ten minutes."""
    [minutes] = re.findall(
        r"^ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION=(\d+)m$", user_data(instances.one("aws_launch_template")), re.MULTILINE
    )

    assert int(minutes) <= 10


def test_a_small_disk_is_as_fast_as_a_large_one(instances: Template) -> None:
    """The disk is gp3, whose speed does not depend on its size."""
    [disk] = instances.one("aws_launch_template")["block_device_mappings"]

    assert disk["ebs"]["volume_type"] == "gp3"


def test_nobody_comes_in(instances: Template) -> None:
    """An instance has no key, no public address and no inbound rule."""
    template = instances.one("aws_launch_template")
    [interface] = template["network_interfaces"]

    assert "key_name" not in template
    assert interface["associate_public_ip_address"] == "false"
    # Otherwise each ended instance would leave its interface, and with it an address of the subnet.
    assert interface["delete_on_termination"] == "true"
    assert interface["security_groups"] == ["${aws_security_group.cluster_container_instances.id}"]
    assert not any("container_instances" in name for name in instances.all("aws_vpc_security_group_ingress_rule"))


def test_tags_reach_what_aws_makes(instances: Template) -> None:
    """The group passes its tags to instances, disks and interfaces, with ECS's own tag."""
    group = {each["key"]: each for each in instances.one("aws_autoscaling_group")["tag"]}
    others = instances.one("aws_launch_template")["tag_specifications"]
    [provider] = instances.document["provider"]["aws"]
    wanted = {"Name": instances.one("aws_autoscaling_group")["name"]} | provider["default_tags"][0]["tags"]

    assert {key: each["value"] for key, each in group.items()} == wanted | {"AmazonECSManaged": "true"}
    assert all(each["propagate_at_launch"] is True for each in group.values())
    assert {each["resource_type"]: each["tags"] for each in others} == {
        "volume": wanted,
        "network-interface": wanted,
    }


def test_a_stage_that_gets_them_keeps_all_else() -> None:
    """Adding EC2 to a stage replaces no resource with data."""
    without, with_them = (
        variant("compact").resources(),
        changed("compact", ec2_capacity=X86_64.ec2_capacity).resources(),
    )
    different = {address for address, properties in without.items() if with_them[address] != properties}

    assert {address for address in different if not address.startswith("aws_ecs_task_definition.")} == {
        "aws_ecs_cluster_capacity_providers.cluster_capacity_providers"
    }


def user_data(template: Properties) -> str:
    """Return what an instance runs at its start."""
    [expression] = expressions(template["user_data"])
    function, _, text, _ = expression.tokens
    assert function == "base64encode"
    assert isinstance(text, Quoted)
    return text.source.replace("\\n", "\n")
