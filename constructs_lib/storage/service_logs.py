"""The retention of the log groups that AWS's services create."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.scheduler_schedule_group import SchedulerScheduleGroup
from constructs import Construct

from constructs_lib.engine.names import pascal_case
from constructs_lib.iam.policy import allow, policy_document, trust
from constructs_lib.iam.schedule import SERVICE, Call, Schedule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs_lib.iam.account import Account

EVERY_NIGHT = "cron(30 0 * * ? *)"


class ServiceLogs(Construct):
    """
    Define the retention of *log_groups*, which AWS's services create themselves and Terraform does not own.

    RDS writes once more while its instance is deleted, and creates the log group again
    (hashicorp/terraform-provider-aws#42858). So may Container Insights. The next deployment of the stage could not
    create an existing group. Therefore a schedule sets the retention every night, and a destroyed stage leaves log
    groups that become empty.
    *owner* is the part of the stack that writes the logs. All names start with *name_prefix*, and the path of the role
    ends with it.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        account: Account,
        name_prefix: str,
        owner: str,
        log_groups: Sequence[str],
        retention_days: int,
    ) -> None:
        super().__init__(scope, id_)

        self._account = account
        self._name = f"{name_prefix}-{owner}-logs"
        group = SchedulerScheduleGroup(self, "Resource", name=self._name)
        role_arn = self._role_arn(log_groups, path=f"{account.role_path}{name_prefix}/")
        for each in log_groups:
            word = each.rpartition("/")[2]
            Schedule(
                name=f"{self._name}-{word}",
                group=self._name,
                description=f"Sets the retention of {each}",
                expression=EVERY_NIGHT,
                time_zone="UTC",
                call=Call(
                    "cloudwatchlogs:putRetentionPolicy",
                    {"LogGroupName": each, "RetentionInDays": retention_days},
                ),
                role_arn=role_arn,
                partition=account.partition,
                made_after=group,
                # A service creates its log group at its first write: until then each call fails.
                retries=0,
            ).define(self, pascal_case(word))

    def _role_arn(self, log_groups: Sequence[str], *, path: str) -> str:
        """Define the role that sets the retention of *log_groups*, and return its ARN."""
        account = self._account
        role = IamRole(
            self,
            "Role",
            name=self._name,
            path=path,
            permissions_boundary=account.permissions_boundary_arn,
            assume_role_policy=policy_document(
                [trust(SERVICE, account, account.arn("scheduler", f"schedule-group/{self._name}"))]
            ),
        )
        arns = [account.arn("logs", f"log-group:{each}{end}") for each in log_groups for end in ("", ":*")]
        IamRolePolicy(
            self,
            "Grants",
            name="grants",
            role=role.id,
            policy=policy_document([allow(["logs:PutRetentionPolicy"], arns)]),
        )
        return role.arn
