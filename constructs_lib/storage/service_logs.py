"""How long CloudWatch keeps what AWS's services write into log groups of their own."""

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
    Define the retention of *log_groups*, which services of AWS make themselves and Terraform does not own.

    RDS writes once more while its instance is deleted and makes the log group again (hashicorp/terraform-provider-aws,
    issue 42858), and so may Container Insights. The next deployment of the stage could not create what is there. So a
    schedule sets the retention every night, and a destroyed stage leaves log groups that empty themselves. *owner* is
    the part of the stack whose logs they are; *name_prefix* begins all names and ends the path of the role.
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

        name = f"{name_prefix}-{owner}-logs"
        group = SchedulerScheduleGroup(self, "Resource", name=name)
        role = IamRole(
            self,
            "Role",
            name=name,
            path=f"{account.role_path}{name_prefix}/",
            permissions_boundary=account.permissions_boundary_arn,
            assume_role_policy=policy_document(
                [trust(SERVICE, account, account.arn("scheduler", f"schedule-group/{name}"))]
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
        for each in log_groups:
            word = each.rpartition("/")[2]
            Schedule(
                name=f"{name}-{word}",
                group=name,
                description=f"Sets the retention of {each}",
                expression=EVERY_NIGHT,
                time_zone="UTC",
                call=Call(
                    "cloudwatchlogs:putRetentionPolicy",
                    {"LogGroupName": each, "RetentionInDays": retention_days},
                ),
                role_arn=role.arn,
                partition=account.partition,
                made_after=group,
                # A service makes its log group when it first has something to write: until then each call fails.
                retries=0,
            ).define(self, pascal_case(word))
