"""
Remove old versions of DAG bundles in S3, and the packs that no version needs.

It runs in a thread beside the autoscaler, or beside the scheduler in a stage without one: it needs the database and the
right to delete. No process with the code of DAGs has both, unless one role is that of all processes (`compact`).
"""

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import boto3
import psycopg2
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from airflow_fargate.database import parameters
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.shared.dag_manifest import Manifest, Pointer
from constructs_lib.shared.dag_version import Keys

log = logging.getLogger(__name__)

VARIABLE = "AIRFLOW_FARGATE_DAG_RETENTION"
FIRST_SEC, ROUND_SEC = 60, 3600
"""Seconds before the first round, and between two rounds."""
PACK_AGE = timedelta(days=1)
"""A younger pack may be that of a push that has not written its manifest yet."""
BOUNDED = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
NEEDED = """
    SELECT version FROM dag_bundle WHERE name = %(bundle)s
    UNION SELECT bundle_version FROM dag WHERE bundle_name = %(bundle)s
    UNION SELECT r.bundle_version FROM dag_run r JOIN dag d USING (dag_id)
        WHERE d.bundle_name = %(bundle)s AND r.state IN ('queued', 'running')
    UNION SELECT bundle_version FROM (
        SELECT DISTINCT ON (dag_id) bundle_version FROM dag_version
        WHERE bundle_name = %(bundle)s ORDER BY dag_id, version_number DESC
    ) AS latest
"""
"""The versions that Airflow's next tasks and callbacks use: of active runs, and the latest of each DAG."""


def needed_versions(bundle: str) -> AbstractSet[str]:
    """
    Return the versions of *bundle* that Airflow still needs.

    Raises:
        psycopg2.Error: the database cannot be asked.

    """
    with (
        closing(psycopg2.connect(**parameters(os.environ), application_name="dag-retention")) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(NEEDED, {"bundle": bundle})
        return {version for (version,) in cursor.fetchall() if version}


@dataclass(frozen=True)
class _Object:
    key: str
    name: str
    """The part of the key that is its version or hash."""
    modified: datetime


class Retention:
    """The versions of *bundle* below `s3://<bucket>/<prefix>`, and the rule which of them stay."""

    def __init__(
        self,
        bundle: str,
        *,
        bucket: str,
        prefix: str,
        keep_versions: int,
        keep_days: int,
        needed: Callable[[str], AbstractSet[str]] = needed_versions,
    ) -> None:
        self.bundle = bundle
        self._keys = Keys(prefix, bundle)
        self._bucket = bucket
        self._keep_versions = keep_versions
        self._keep = timedelta(days=keep_days)
        self._needed = needed
        # A new session, because boto3's default one is not thread-safe.
        self._s3: Any = boto3.Session().client("s3", config=BOUNDED)
        self._packs: dict[_Object, frozenset[str]] = {}
        """The packs of each version, by the manifest and its time: a push that repairs a version changes them."""
        self._unused: AbstractSet[str] = frozenset()
        """The packs that no version needed in the last round."""

    def remove(self) -> list[str]:
        """
        Remove the versions and packs that are no longer needed, and return their keys.

        Raises:
            BadInputError: a manifest or the pointer is damaged; then nothing is removed.
            psycopg2.Error: the database cannot be asked.
            botocore.exceptions.BotoCoreError: S3 is out of reach.
            botocore.exceptions.ClientError: S3 refuses.

        """
        versions, now = self._list(self._keys.versions, ".json")
        if not versions:
            return []
        packs, _ = self._list(self._keys.packs, ".tar.gz")
        removable = self._removable(versions, now)
        kept = [each for each in versions if each.name not in removable]
        self._packs = {each: self._packs.get(each) or self._packs_of(each.name) for each in kept}
        used = frozenset().union(*self._packs.values())
        unused = {each.name for each in packs if each.name not in used and each.modified < now - PACK_AGE}
        # A pack goes a round later than the last version that needs it: a push may have found it in that version.
        removed = [each for each in versions if each.name in removable]
        removed += [each for each in packs if each.name in unused & self._unused]
        self._unused = unused
        return [each.key for each in removed if self._delete(each)]

    def _delete(self, old: _Object) -> bool:
        """Delete an object, unless it was written meanwhile: each push and rollback does so before it switches."""
        # Not HeadObject, which has 403 for a missing object: the right to list is one with a prefix.
        found, _ = self._list(old.key, "")
        if not any(each.key == old.key and each.modified == old.modified for each in found):
            return False
        self._s3.delete_object(Bucket=self._bucket, Key=old.key)
        return True

    def _removable(self, versions: list[_Object], now: datetime) -> AbstractSet[str]:
        pointer = Pointer.read(self._read(self._keys.current), where=self._keys.current)
        # The manifest of a version is written when it becomes the current one, and again when another one replaces it.
        newest = sorted(versions, key=lambda each: each.modified, reverse=True)
        old = {each.name for each in newest[self._keep_versions :] if each.modified < now - self._keep}
        return old - {pointer.version} - self._needed(self.bundle) if old else set()

    def _packs_of(self, version: str) -> frozenset[str]:
        key = self._keys.manifest(version)
        return frozenset(Manifest.read(self._read(key), where=key).packs)

    def _read(self, key: str) -> bytes:
        content: bytes = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        return content

    def _list(self, prefix: str, suffix: str) -> tuple[list[_Object], datetime]:
        """Return the objects below *prefix*, and the time by S3's clock."""
        found, now = [], datetime.now(UTC)
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
            now = parsedate_to_datetime(page["ResponseMetadata"]["HTTPHeaders"]["date"])
            found += [
                _Object(each["Key"], each["Key"].removeprefix(prefix).removesuffix(suffix), each["LastModified"])
                for each in page.get("Contents", [])
            ]
        return found, now


def start_retention(environment: Mapping[str, str]) -> None:
    """Start to remove old versions every hour, if the variable in *environment* names bundles."""
    if bundles := json.loads(environment.get(VARIABLE, "{}")):
        retentions = [Retention(name, **bundle) for name, bundle in bundles.items()]
        threading.Thread(target=_run, args=(retentions,), name="dag-retention", daemon=True).start()


def _run(retentions: list[Retention]) -> None:
    pause_sec: float = FIRST_SEC
    while True:
        time.sleep(pause_sec)
        for retention in retentions:
            try:
                removed = retention.remove()
            except (BadInputError, psycopg2.Error, BotoCoreError, ClientError) as error:
                log.warning(
                    "No old version of the bundle %s is removed: %s", retention.bundle, " ".join(str(error).split())
                )
            else:
                if removed:
                    log.info("Removed %d objects of the bundle %s: %s", len(removed), retention.bundle, removed)
        pause_sec = ROUND_SEC
