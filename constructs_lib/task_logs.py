"""Where the logs of finished task instances lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs import Construct

from constructs_lib.bucket import Bucket

if TYPE_CHECKING:
    from constructs_lib.account import Account
    from constructs_lib.settings import Settings
    from constructs_lib.task_role import Grantable


class TaskLogs(Construct):
    """Define the bucket for Airflow's remote task logs."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings, account: Account) -> None:
        super().__init__(scope, id_)

        # Bucket names are global: the account and the region make it ours.
        self._bucket = Bucket(
            self,
            "Bucket",
            name=f"{settings.name}-logs-{account.id}-{account.region}",
            protected=settings.protected,
            expiration_days=settings.log_retention_days,
        )

        self.bucket_name = self._bucket.name

    def grant_read(self, grantee: Grantable) -> None:
        """Allow to list the bucket and to get objects."""
        grantee.role.allow(["s3:ListBucket"], [self._bucket.arn])
        grantee.role.allow(["s3:GetObject"], [f"{self._bucket.arn}/*"])

    def grant_write(self, *grantees: Grantable) -> None:
        """Allow what `grant_read()` does and to put objects: Airflow reads a log before it appends."""
        for grantee in grantees:
            self.grant_read(grantee)
            grantee.role.allow(["s3:PutObject"], [f"{self._bucket.arn}/*"])
