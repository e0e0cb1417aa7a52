"""What a deployment needs of DAG bundles, and what a push of DAGs to one in S3 needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_on_fargate.pipeline_roles.plan import BUCKET
from airflow_on_fargate.pipeline_roles.stage_arns import StageArns, statement
from constructs_lib.settings.dag_bundles import s3_bundles, task_tables
from constructs_lib.settings.github_roles import PUSH_DAGS
from constructs_lib.shared.dag_version import Keys, tasks_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from airflow_on_fargate.pipeline_roles.stage_arns import Statement
    from constructs_lib.settings.dag_bundles import DagsInS3
    from constructs_lib.settings.settings import Settings


def plan_dags(settings: Settings) -> Iterator[Statement]:
    """Yield what a plan reads of the stage's bucket of DAGs, and of the tables of deployed tasks."""
    arns, tables = StageArns(settings), task_tables(settings.dags)
    if not tables:
        return
    if any(each.bucket is None for each in tables):
        yield statement("ReadDagsBucket", BUCKET, arns.global_("s3", arns.dags_bucket))
    yield statement("ReadTables", ["s3:GetObject", "s3:GetObjectTagging"], _tables(arns, tables))
    # Without the right to list, a table that was deleted would be forbidden, and not missing.
    yield statement("FindTables", ["s3:ListBucket"], arns.global_("s3", *_buckets(arns, tables)))
    if keys := _keys(tables):
        yield statement("ReadEncryptedTables", ["kms:Decrypt"], keys)


def deploy_dags(settings: Settings) -> Iterator[Statement]:
    """Yield what a deployment needs in addition to a plan: to create, change and delete the bucket and the tables."""
    arns, tables = StageArns(settings), task_tables(settings.dags)
    if not tables:
        return
    if any(each.bucket is None for each in tables):
        yield statement(
            "DagsBucket",
            [
                *("s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:ListBucketVersions"),
                *("s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging"),
                *("s3:PutBucketVersioning", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration"),
                *("s3:TagResource", "s3:UntagResource"),
            ],
            arns.global_("s3", arns.dags_bucket),
        )
        # A stage that is not protected is destroyed with its DAGs.
        yield statement(
            "EmptyDagsBucket",
            ["s3:DeleteObject", "s3:DeleteObjectVersion"],
            arns.global_("s3", f"{arns.dags_bucket}/*"),
        )
    yield statement("WriteTables", ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"], _tables(arns, tables))
    yield statement("FindOldTables", ["s3:ListBucketVersions"], arns.global_("s3", *_buckets(arns, tables)))
    if keys := _keys(tables):
        yield statement("WriteEncryptedTables", ["kms:GenerateDataKey"], keys)


def push_dags(settings: Settings) -> Iterator[Statement]:
    """Yield what `airflow-fargate dags push` needs for every bundle in S3."""
    yield from _push(settings, s3_bundles(settings.dags))


def push_policies(settings: Settings) -> Mapping[str, Iterator[Statement]]:
    """Return what `airflow-fargate dags push --bundle NAME` needs, by the name of a policy for only this bundle."""
    bundles = s3_bundles(settings.dags)
    return {f"{PUSH_DAGS}-{name}": _push(settings, {name: each}) for name, each in bundles.items()}


def _push(settings: Settings, bundles: Mapping[str, DagsInS3]) -> Iterator[Statement]:
    """Yield what writes the objects of *bundles* and nothing else: it can neither delete nor change another object."""
    arns = StageArns(settings)
    if not bundles:
        return
    folders = {bucket: list(_folders(bundles, bucket, arns)) for bucket in _buckets(arns, bundles.values())}
    yield statement(
        "PushDags",
        ["s3:GetObject", "s3:PutObject"],
        arns.global_("s3", *(f"{bucket}/{folder}*" for bucket in folders for folder in folders[bucket])),
    )
    yield statement("ReadTables", ["s3:GetObject"], _tables(arns, bundles.values()))
    # S3 answers that an object is missing only to those who may list.
    listed = dict.fromkeys(
        [*(f"{each}*" for found in folders.values() for each in found), *map(tasks_key, _prefixes(bundles.values()))]
    )
    yield statement(
        "FindDags", ["s3:ListBucket"], arns.global_("s3", *folders), {"StringLike": {"s3:prefix": [*listed]}}
    )
    if keys := _keys(bundles.values()):
        yield statement("EncryptDags", ["kms:Decrypt", "kms:GenerateDataKey"], keys)


def _prefixes(places: Iterable[DagsInS3]) -> list[str]:
    return [*dict.fromkeys(each.prefix for each in places)]


def _folders(bundles: Mapping[str, DagsInS3], bucket: str, arns: StageArns) -> Iterator[str]:
    for name, each in bundles.items():
        if (each.bucket or arns.dags_bucket) == bucket:
            yield Keys(each.prefix, name).folder


def _buckets(arns: StageArns, places: Iterable[DagsInS3]) -> list[str]:
    return [*dict.fromkeys(each.bucket or arns.dags_bucket for each in places)]


def _tables(arns: StageArns, places: Iterable[DagsInS3]) -> list[str]:
    """Return the ARNs of the tables of deployed tasks."""
    tables = [f"{each.bucket or arns.dags_bucket}/{tasks_key(each.prefix)}" for each in places]
    return arns.global_("s3", *dict.fromkeys(tables))


def _keys(places: Iterable[DagsInS3]) -> list[str]:
    return [*dict.fromkeys(each.kms_key_arn for each in places if each.kms_key_arn)]
