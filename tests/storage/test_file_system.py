"""Promises of the volume that on-demand tasks share."""

import re
from collections.abc import Callable

import pytest

from constructs_lib.engine.template import resource_names
from tests.template import Template
from tests.variants import variant, with_other_values


@pytest.mark.parametrize(("stage", "zones"), [(variant, 2), (with_other_values, 3)])
def test_it_is_mounted_in_every_zone(stage: Callable[[str], Template], zones: int) -> None:
    """A mount target is in each private subnet, with the file system's security group."""
    template = stage("compact")
    targets = template.all("aws_efs_mount_target").values()

    assert len(targets) == zones
    assert {target["subnet_id"] for target in targets} == {
        f"${{aws_subnet.{name}.id}}" for name in template.all("aws_subnet") if "private" in name
    }
    assert {tuple(target["security_groups"]) for target in targets} == {("${aws_security_group.file_system.id}",)}


def test_files_belong_to_one_user(compact: Template) -> None:
    """The access point sets the user of all files and the visible folder."""
    point = compact.one("aws_efs_access_point")

    assert point["posix_user"] == {"uid": 50000, "gid": 0}
    assert point["root_directory"]["path"] == "/shared-volume"
    assert point["root_directory"]["creation_info"] == {"owner_uid": 50000, "owner_gid": 0, "permissions": "0775"}


def test_tasks_mount_it_over_tls_and_as_themselves(compact: Template) -> None:
    """Tasks mount the volume over TLS with IAM, through the access point."""
    for name in ("dag_tasks_multi_task", "dag_tasks_number_task"):
        [volume] = compact.all("aws_ecs_task_definition")[name]["volume"]

        assert volume["efs_volume_configuration"] == {
            "file_system_id": "${aws_efs_file_system.file_system.id}",
            "transit_encryption": "ENABLED",
            "authorization_config": {"access_point_id": "${aws_efs_access_point.file_system.id}", "iam": "ENABLED"},
        }


def test_a_task_reads_and_writes_but_is_not_root(compact: Template) -> None:
    """A task can read and write only through the access point, and not as root."""
    [statement] = [each for _, each in compact.statements(name="dag_tasks_multi_task_task")]

    assert statement["Action"] == ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    assert statement["Resource"] == ["${aws_efs_file_system.file_system.arn}"]
    assert statement["Condition"]["StringEquals"] == {
        "elasticfilesystem:AccessPointArn": "${aws_efs_access_point.file_system.arn}"
    }


def test_only_tasks_on_demand_reach_it(template: Template) -> None:
    """Only on-demand tasks can connect to the file system."""
    [rule] = [
        rule
        for rule in template.all("aws_vpc_security_group_ingress_rule").values()
        if resource_names(rule["security_group_id"], "aws_security_group") == ["file_system"]
    ]

    assert resource_names(rule["referenced_security_group_id"], "aws_security_group") == ["dag_tasks"]
    assert rule["to_port"] == 2049


def test_files_that_nobody_has_read_for_a_month_become_cheaper(compact: Template) -> None:
    """Files that nobody has read for a month move to cheaper storage."""
    [policy] = compact.one("aws_efs_file_system")["lifecycle_policy"]
    [days] = re.findall(r"^AFTER_(\d+)_DAYS$", policy["transition_to_ia"])

    assert 30 <= int(days) <= 60


def test_a_small_volume_is_as_fast_as_a_large_one(compact: Template) -> None:
    """The throughput follows the load, so a small volume is not slow."""
    assert compact.one("aws_efs_file_system")["throughput_mode"] == "elastic"
