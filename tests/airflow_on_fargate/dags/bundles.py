"""The bucket of a stage's bundles, and the commands on them."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Self

import boto3
from moto.s3.models import s3_backends

from constructs_lib.shared.dag_manifest import Manifest, Pointer
from constructs_lib.shared.dag_version import Keys, tasks_key
from tests.command import Ended, command

NAME = "airflow-dev-dags-123456789012-eu-central-1"
KEYS = Keys("dags", "dags")


@cache
def _client(endpoint: str | None) -> Any:  # noqa: ANN401 boto3 makes the type; it takes a tenth of a second
    return boto3.client(
        "s3", region_name="eu-central-1", endpoint_url=endpoint, aws_access_key_id="x", aws_secret_access_key="x"
    )


@dataclass(frozen=True)
class StageBucket:
    """The bucket; *s3* is a client of boto3."""

    s3: Any

    @classmethod
    def deployed(cls, endpoint: str | None = None) -> Self:
        """Return it as Terraform leaves it; by default at moto's AWS in this process."""
        bucket = cls(_client(endpoint))
        bucket.s3.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        bucket.put(tasks_key("dags"), json.dumps({"format": 1, "tasks": {"hello": {}}}))
        return bucket

    def put(self, key: str, text: str) -> None:
        """Write an object."""
        self.s3.put_object(Bucket=NAME, Key=key, Body=text)

    def delete(self, key: str) -> None:
        """Delete an object."""
        self.s3.delete_object(Bucket=NAME, Key=key)

    def keys(self, prefix: str = "dags/dags/") -> list[str]:
        """Return the keys of the objects of a bundle."""
        return [each["Key"] for each in self.s3.list_objects_v2(Bucket=NAME, Prefix=prefix).get("Contents", ())]

    def content(self, key: str) -> str:
        """Return the content of an object."""
        return self._read(key).decode()

    def age(self, key: str) -> timedelta:
        """Return how long ago an object was written."""
        written: datetime = self.s3.head_object(Bucket=NAME, Key=key)["LastModified"]
        return datetime.now(UTC) - written

    def make_old(self, key: str, *, days: int) -> None:
        """Let an object be written *days* ago; only in moto's AWS in this process."""
        # moto's times have no time zone.
        written = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=days)
        s3_backends["123456789012"]["aws"].get_object(NAME, key).last_modified = written

    def pointer(self, bundle: str = "dags") -> Pointer:
        """Return the pointer of a bundle."""
        return Pointer.read(self._read(Keys("dags", bundle).current), where="the pointer")

    def manifest(self, *, bundle: str = "dags") -> Manifest:
        """Return the manifest of the current version of a bundle."""
        key = Keys("dags", bundle).manifest(self.pointer(bundle).version)
        return Manifest.read(self._read(key), where="the manifest")

    def _read(self, key: str) -> bytes:
        content: bytes = self.s3.get_object(Bucket=NAME, Key=key)["Body"].read()
        return content


def dags(*words: str) -> Ended:
    """Run `airflow-fargate dags` on the stage."""
    verb, *rest = words
    return command("dags", verb, "--stage", "dev", *rest)


def push(*words: str) -> Ended:
    """Push, without waiting for a dag-processor."""
    return dags("push", "--no-wait", *words)


def pushed(*words: str) -> str:
    """Push, and return the new version."""
    ended = push(*words)

    assert ended.code == 0, ended.errors
    found = re.search(r"version ([0-9a-f]{20})", ended.output)
    assert found
    return found[1]
