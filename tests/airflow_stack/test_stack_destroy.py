"""Promises of the whole stack: what destroying a stage leaves behind, and what keeps it from being destroyed."""

import json
from itertools import pairwise

import pytest

from constructs_lib.settings.cron import Cron
from tests.template import Template
from tests.variants import VARIANTS, changed, variant

PROTECTED = [name for name, settings in VARIANTS.items() if settings.protected]
UNPROTECTED = [name for name, settings in VARIANTS.items() if not settings.protected]
HOLDS_DATA = ("aws_db_instance", "aws_efs_file_system", "aws_s3_bucket", "aws_secretsmanager_secret")


@pytest.fixture(name="open_stage", params=UNPROTECTED)
def _open_stage(request: pytest.FixtureRequest) -> Template:
    """Each variant that may be destroyed."""
    return variant(request.param)


@pytest.fixture(name="protected_stage", params=PROTECTED)
def _protected_stage(request: pytest.FixtureRequest) -> Template:
    """Each variant that must not be destroyed."""
    return variant(request.param)


class TestAnUnprotectedStage:
    def test_nothing_is_protected(self, open_stage: Template) -> None:
        """In an unprotected stage neither AWS nor Terraform refuses a deletion."""
        for address, properties in open_stage.resources().items():
            assert not properties.get("lifecycle", {}).get("prevent_destroy"), address
            assert not properties.get("deletion_protection"), address
            assert not properties.get("enable_deletion_protection"), address

    def test_names_of_secrets_are_free_again(self, open_stage: Template) -> None:
        """A destroyed stage's secrets have no recovery window, so their names are free."""
        for secret in open_stage.all("aws_secretsmanager_secret").values():
            assert secret["recovery_window_in_days"] == 0

    def test_full_buckets_and_repositories_go(self, open_stage: Template) -> None:
        """Buckets and repositories are deleted with their content."""
        for bucket in open_stage.all("aws_s3_bucket").values():
            assert bucket["force_destroy"] is True
        for repository in open_stage.all("aws_ecr_repository").values():
            assert repository["force_delete"] is True

    def test_the_database_leaves_nothing(self, open_stage: Template) -> None:
        """The database leaves neither a final snapshot nor backups."""
        for database in open_stage.all("aws_db_instance").values():
            assert database["skip_final_snapshot"] is True
            assert database["delete_automated_backups"] is True
            assert "final_snapshot_identifier" not in database

    def test_instances_go(self, open_stage: Template) -> None:
        """Protected instances do not block the deletion of their group."""
        for group in open_stage.all("aws_autoscaling_group").values():
            assert group["protect_from_scale_in"] is True
            assert group["force_delete"] is True

    def test_names_in_dns_go(self, open_stage: Template) -> None:
        """Registered addresses do not block the deletion of a Cloud Map service."""
        for service in open_stage.all("aws_service_discovery_service").values():
            assert service["force_destroy"] is True


class TestAProtectedStage:
    def test_what_holds_data_cannot_be_planned_away(self, protected_stage: Template) -> None:
        """In a protected stage Terraform refuses a plan that deletes data."""
        for kind in HOLDS_DATA:
            for name, properties in protected_stage.all(kind).items():
                assert properties["lifecycle"]["prevent_destroy"] is True, f"{kind}.{name}"

    def test_aws_refuses_too(self, protected_stage: Template) -> None:
        """In a protected stage AWS itself refuses a deletion, or keeps a way to restore."""
        for database in protected_stage.all("aws_db_instance").values():
            assert database["deletion_protection"] is True
            assert database["skip_final_snapshot"] is False
            assert database["final_snapshot_identifier"]
            assert database["delete_automated_backups"] is False
        for secret in protected_stage.all("aws_secretsmanager_secret").values():
            assert secret["recovery_window_in_days"] == 30
        for bucket in protected_stage.all("aws_s3_bucket").values():
            assert bucket["force_destroy"] is False
        for repository in protected_stage.all("aws_ecr_repository").values():
            assert repository["force_delete"] is False
        assert protected_stage.one("aws_lb")["enable_deletion_protection"] is True


def test_taking_the_protection_away_changes_nothing_else() -> None:
    """Deploying `protected = False` changes only the protection."""
    protected, unprotected = changed("compact", protected=True), variant("compact")

    assert protected.resources().keys() == unprotected.resources().keys()
    assert {
        key
        for address, properties in protected.resources().items()
        for key in properties.keys() | unprotected.resources()[address].keys()
        if properties.get(key) != unprotected.resources()[address].get(key)
    } == {
        "delete_automated_backups",
        "deletion_protection",
        "enable_deletion_protection",
        "final_snapshot_identifier",
        "force_delete",
        "force_destroy",
        "lifecycle",
        "recovery_window_in_days",
        "skip_final_snapshot",
    }


class TestLogGroups:
    def groups(self, template: Template) -> set[str]:
        """Return the names of the stack's log groups."""
        return {group["name"] for group in template.all("aws_cloudwatch_log_group").values()}

    def test_those_that_aws_makes_again_are_not_terraforms(self, template: Template) -> None:
        """Terraform does not own the log groups that RDS and Container Insights would create again."""
        assert not [name for name in self.groups(template) if name.startswith("/aws/")]

    def test_those_that_aws_makes_are_emptied_all_the_same(self, template: Template) -> None:
        """A schedule with the needed role sets the retention of each log group that AWS creates."""
        name = template.one("aws_ecs_cluster")["name"]
        made = {f"/aws/ecs/containerinsights/{name}/performance"} | {
            f"/aws/rds/instance/{database['identifier']}/{log}"
            for database in template.all("aws_db_instance").values()
            for log in database["enabled_cloudwatch_logs_exports"]
        }
        calls = [
            (schedule["target"]["arn"].rpartition(":")[2], json.loads(schedule["target"]["input"]))
            for address, schedule in template.all("aws_scheduler_schedule").items()
            if "_service_logs_" in address
        ]
        days = template.all("aws_cloudwatch_log_group").values()

        assert {call["LogGroupName"] for _, call in calls} == made
        assert {operation for operation, _ in calls} == {"putRetentionPolicy"}
        assert {call["RetentionInDays"] for _, call in calls} == {each["retention_in_days"] for each in days}
        allowed = [each for name, each in template.statements() if name.endswith("_service_logs_grants")]
        assert {action for each in allowed for action in each["Action"]} == {"logs:PutRetentionPolicy"}
        resources = {resource for each in allowed for resource in each["Resource"]}
        assert {each.partition(":log-group:")[2].removesuffix(":*") for each in resources} == made

    def test_no_log_group_is_without_a_retention_for_longer_than_a_day(self, template: Template) -> None:
        """The schedules of the retention run every day."""
        for address, schedule in template.all("aws_scheduler_schedule").items():
            if "_service_logs_" in address:
                moments = list(Cron.parse(schedule["schedule_expression"]).moments())
                assert {later - earlier for earlier, later in pairwise(moments)} == {24 * 60}
                assert schedule["state"] == "ENABLED"

    def test_containers_write_into_ours(self, template: Template) -> None:
        """Containers write to the stack's log groups and cannot create others."""
        for name, container in template.all_containers():
            options = container["logConfiguration"]["options"]

            assert options["awslogs-group"] in self.groups(template), name
            assert "awslogs-create-group" not in options
        assert not any("logs:CreateLogGroup" in statement["Action"] for _, statement in template.statements())
