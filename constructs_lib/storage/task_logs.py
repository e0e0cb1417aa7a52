"""The bucket for the logs of finished task instances and for large XCom values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs import Construct

from constructs_lib.storage.bucket import Bucket

if TYPE_CHECKING:
    from constructs_lib.iam.account import Account
    from constructs_lib.iam.task_role import Grantable


class TaskLogs(Construct):
    """
    Define the bucket for Airflow's remote task logs and for XCom values that are too large for the database.

    Its name starts with *name_prefix*. Logs are in *logs_folder* of the bucket, XCom values in *xcoms_folder*.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        account: Account,
        name_prefix: str,
        retention_days: int,
        logs_folder: str,
        xcoms_folder: str,
        protected: bool,
    ) -> None:
        super().__init__(scope, id_)

        # Bucket names are global: account and region make it unique.
        self._bucket = Bucket(
            self,
            "Bucket",
            name=f"{name_prefix}-logs-{account.id}-{account.region}",
            protected=protected,
            expiration_days=retention_days,
        )

        self.bucket_name = self._bucket.name
        self._logs_folder, self._xcoms_folder = logs_folder, xcoms_folder

    def grant_read(self, grantee: Grantable) -> None:
        """Allow to list the bucket and to get logs."""
        self._grant(grantee, self._logs_folder, "s3:GetObject")

    def grant_write(self, *grantees: Grantable) -> None:
        """
        Allow to put logs and XCom values, and the actions that this needs.

        Airflow reads a log before it appends, and a task that runs again deletes its earlier values.
        """
        for grantee in grantees:
            self._grant(grantee, self._logs_folder, "s3:GetObject", "s3:PutObject")
            # A large value is uploaded in parts.
            actions = ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject")
            self._grant(grantee, self._xcoms_folder, *actions)

    def grant_read_xcoms(self, grantee: Grantable) -> None:
        """Allow to list the bucket and to get XCom values."""
        self._grant(grantee, self._xcoms_folder, "s3:GetObject")

    def _grant(self, grantee: Grantable, folder: str, *actions: str) -> None:
        # With the right to list, S3 answers 404 for an object that does not exist, and 403 without it (Amazon S3 API
        # Reference, "GetObject").
        grantee.role.allow(["s3:ListBucket"], [self._bucket.arn])
        grantee.role.allow([*actions], [f"{self._bucket.arn}/{folder}/*"])
