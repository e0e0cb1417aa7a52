"""The bucket of DAG bundles in S3, and the table of the stage's on-demand tasks beside them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from cdktf_cdktf_provider_aws.s3_object import S3Object, S3ObjectOverrideProvider, S3ObjectOverrideProviderDefaultTags
from constructs import Construct

from constructs_lib.engine.order import Ready, create_after
from constructs_lib.engine.template import json_document
from constructs_lib.settings.dag_bundles import s3_bundles, task_tables
from constructs_lib.shared.dag_version import TABLE_FORMAT, Keys, tasks_key
from constructs_lib.storage.bucket import Bucket

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from constructs_lib.iam.account import Account
    from constructs_lib.iam.task_role import Grantable
    from constructs_lib.settings.dag_bundles import Dags

OLD_OBJECT_DAYS = 30
"""How long an object that was replaced or deleted can be restored."""
OWN = ""
"""Instead of a bucket's name: the bucket of the stage."""


class DagBucket(Construct):
    """
    Define the bucket of the bundles in *dags* that name no existing one, and write tables of *tasks*.

    Its name starts with *name_prefix*. It is versioned: no role of the stage may delete a version of an object, so that
    what retention or an error deletes can be restored. A table has the folders of `tasks/` that the stage has deployed;
    it is written *after* their task definitions, and changes without a restart. It is beside each bundle, and all
    bundles in Git use the first one.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        account: Account,
        name_prefix: str,
        dags: Dags,
        tasks: Mapping[str, Mapping[str, Any]],
        after: Ready,
        protected: bool,
    ) -> None:
        super().__init__(scope, id_)

        self._bundles, self._tables = s3_bundles(dags), task_tables(dags)
        places = dict.fromkeys((each.bucket, each.prefix) for each in self._tables)
        self._names = {bucket: bucket for bucket, _ in places if bucket}
        self._arns = {bucket: f"arn:{account.partition}:s3:::{bucket}" for bucket in self._names}
        own = [each for each in self._tables if each.bucket is None]
        if own:
            bucket = Bucket(
                self,
                "Bucket",
                # Bucket names are global: account and region make it unique.
                name=f"{name_prefix}-dags-{account.id}-{account.region}",
                protected=protected,
                expiration_days=OLD_OBJECT_DAYS,
                versioned=True,
                # The settings refuse bundles with different keys in one bucket.
                kms_key_arn=own[0].kms_key_arn,
            )
            self._names[OWN], self._arns[OWN] = bucket.name, bucket.arn
        self.names = {name: self._names[each.bucket or OWN] for name, each in self._bundles.items()}
        """The bucket of each bundle."""
        self.tables = [(self._names[bucket or OWN], tasks_key(prefix)) for bucket, prefix in places]
        """The bucket and the key of each table."""
        self.ready = Ready()
        """What must exist before a DAG is parsed."""
        for place, prefix in places:
            self._write_tasks(place or OWN, prefix, tasks=tasks, after=after)

    def grant_read(self, *grantees: Grantable) -> None:
        """
        Allow to get the objects below the prefix of each bundle.

        S3 answers 403 for an object that does not exist, because none of them may list the bucket (Amazon S3 API
        Reference, "GetObject").
        """
        for grantee in grantees:
            for arn, prefixes in self._prefixes():
                grantee.role.allow(["s3:GetObject"], [f"{arn}/{prefix}/*" for prefix in prefixes])
            keys = dict.fromkeys(each.kms_key_arn for each in self._bundles.values() if each.kms_key_arn)
            if keys:
                grantee.role.allow(["kms:Decrypt"], [*keys])

    def grant_read_table(self, grantee: Grantable) -> None:
        """Allow to get the table that bundles in Git use; with bundles in S3, `grant_read` allows it already."""
        for each in () if self._bundles else self._tables:
            grantee.role.allow(["s3:GetObject"], [f"{self._arns[each.bucket or OWN]}/{tasks_key(each.prefix)}"])

    def grant_delete_versions(self, grantee: Grantable) -> None:
        """
        Allow what the retention of old versions needs: read, list, and delete manifests and packs.

        Each bundle is named, because `*` includes slashes: `<prefix>/*` may have folders of others. Its manifests and
        packs are what is in a folder of it; to name both folders is too long for 20 bundles (IAM: 10,240 characters).
        """
        self.grant_read(grantee)
        for bucket in self._buckets():
            arn, bundles = self._arns[bucket], self._bundles.items()
            folders = [Keys(each.prefix, name).folder for name, each in bundles if (each.bucket or OWN) == bucket]
            listed = {"StringLike": {"s3:prefix": [f"{each}*" for each in folders]}}
            grantee.role.allow(["s3:ListBucket"], [arn], listed)
            grantee.role.allow(["s3:DeleteObject"], [f"{arn}/{each}*/*" for each in folders])

    def _buckets(self) -> Iterable[str]:
        return dict.fromkeys(each.bucket or OWN for each in self._bundles.values())

    def _prefixes(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield the ARN of each bucket, with the prefixes of its bundles."""
        for bucket in self._buckets():
            prefixes = [each.prefix for each in self._bundles.values() if (each.bucket or OWN) == bucket]
            yield self._arns[bucket], [*dict.fromkeys(prefixes)]

    def _write_tasks(self, bucket: str, prefix: str, *, tasks: Mapping[str, Mapping[str, Any]], after: Ready) -> None:
        # The address follows the key: with another key Terraform creates an object and deletes the old one.
        place = hashlib.sha256(f"{bucket}/{prefix}".encode()).hexdigest()[:8]
        table = S3Object(
            self,
            f"Tasks{place}",
            bucket=self._names[bucket],
            key=tasks_key(prefix),
            content=json_document({"format": TABLE_FORMAT, "tasks": tasks}),
            content_type="application/json",
            # An object of S3 has at most ten tags, and a stage can have more.
            override_provider=S3ObjectOverrideProvider(default_tags=S3ObjectOverrideProviderDefaultTags(tags={})),
        )
        create_after(table, after)
        self.ready.add(table)
