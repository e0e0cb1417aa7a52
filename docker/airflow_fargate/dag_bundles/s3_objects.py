"""The objects of a DAG bundle in S3 and the table of deployed task folders, read with patience."""

import logging
import os
import random
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from constructs_lib.shared.bad_input import BadInputError, shown
from constructs_lib.shared.dag_manifest import Manifest, Pointer
from constructs_lib.shared.dag_pack import CHUNK_BYTES
from constructs_lib.shared.dag_version import Keys

log = logging.getLogger(__name__)

BOUNDED = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})
PATIENCE_SEC = 120
"""How long a process tries again, except one whose main loop would stand still."""
FIRST_PAUSE_SEC, LAST_PAUSE_SEC = 0.5, 8.0
NOT_MODIFIED, NOT_FOUND, TOO_MANY, SERVER_ERROR = 304, 404, 429, 500
MISSING = ("NoSuchKey", "AccessDenied")
LOST_HINT = "push the same files again, or clear the task with the latest version"

Answer = TypeVar("Answer")


def has_loop() -> bool:
    """Return whether this process is the dag-processor, for which Airflow sets a variable, and not that of a task."""
    return os.environ.get("_AIRFLOW_PROCESS_CONTEXT") == "server"


class S3AwayError(Exception):
    """S3 does not answer."""


class MissingObjectError(BadInputError):
    """There is no such object; S3 reports that as a forbidden one to a role that may not list the bucket."""


class S3Bucket:
    """The bucket *name*, read with patience."""

    def __init__(self, name: str) -> None:
        self.name = name

    def changed(self, key: str, etag: str, *, hint: str) -> tuple[bytes, str] | None:
        """
        Return the object *key* and its ETag, or None if it still has *etag*.

        Raises:
            MissingObjectError: There is no such object, or the role may not read it; *hint* says what to do.
            BadInputError: S3 refuses the request.
            S3AwayError: S3 does not answer.

        """
        condition = {"IfNoneMatch": etag} if etag else {}

        def read() -> tuple[bytes, str] | None:
            try:
                answer = self._client.get_object(Bucket=self.name, Key=key, **condition)
            except ClientError as error:
                if _status(error) == NOT_MODIFIED:
                    return None
                raise
            return answer["Body"].read(), answer["ETag"]

        return self._patiently(key, read, hint)

    def download(self, key: str, file: Path, *, hint: str) -> None:
        """
        Write the object *key* to *file*.

        Raises:
            BadInputError: There is no such object, or the role may not read it; *hint* says what to do.
            S3AwayError: S3 does not answer.

        """

        def written() -> None:
            body = self._client.get_object(Bucket=self.name, Key=key)["Body"]
            with file.open("wb") as part:
                for chunk in body.iter_chunks(CHUNK_BYTES):
                    part.write(chunk)

        self._patiently(key, written, hint)

    def url(self, key: str) -> str:
        """Return the name of the object *key* for people."""
        return f"s3://{self.name}/{key}"

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 boto3 creates its class
        # A new session, because boto3's default one is not thread-safe.
        return boto3.Session().client("s3", config=BOUNDED)

    def _patiently(self, key: str, call: Callable[[], Answer], hint: str) -> Answer:
        # The dag-processor tries again at its next look.
        end, pause = time.monotonic() + (0 if has_loop() else PATIENCE_SEC), FIRST_PAUSE_SEC
        while True:
            try:
                return call()
            except ClientError as error:
                if _status(error) < SERVER_ERROR and _status(error) != TOO_MANY:
                    raise self._refused(key, error, hint) from None
                reason = str(error)
            except BotoCoreError as error:
                reason = str(error)
            if time.monotonic() + pause >= end:
                msg = f"S3 does not answer: {self.url(key)}: {shown(reason)}"
                raise S3AwayError(msg)
            log.warning("S3 does not answer (%s); next attempt in %.0f s", shown(reason), pause)
            # Workers that start together do not ask together.
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 no secret depends on it
            pause = min(2 * pause, LAST_PAUSE_SEC)

    def _refused(self, key: str, error: ClientError, hint: str) -> BadInputError:
        code = error.response["Error"].get("Code", "")
        # Without the right to list the bucket, S3 reports a missing object as a forbidden one.
        may_be_missing = "does not exist" if _status(error) == NOT_FOUND else "does not exist or may not be read"
        kind = MissingObjectError if code in MISSING else BadInputError
        return kind(f"{self.url(key)} {may_be_missing} ({code}); {hint}")


class S3Objects:
    """The objects of a bundle below `<keys.folder>` of the *bucket*."""

    def __init__(self, bucket: S3Bucket, keys: Keys) -> None:
        self.keys = keys
        self.bucket = bucket

    def changed_pointer(self, etag: str) -> tuple[Pointer, str] | None:
        """
        Return the pointer and its ETag, or None if it still has *etag*.

        Raises:
            MissingObjectError: There is no pointer, or the role may not read it.
            BadInputError: It is damaged, or S3 refuses the request.
            S3AwayError: S3 does not answer.

        """
        key = self.keys.current
        found = self.bucket.changed(
            key, etag, hint="nothing was pushed yet, or the bucket, the prefix or the role is wrong"
        )
        return found and (Pointer.read(found[0], where=self.bucket.url(key)), found[1])

    def manifest(self, version: str) -> Manifest:
        """
        Return the manifest of *version*.

        Raises:
            BadInputError: There is none, the role may not read it, or it is damaged.
            S3AwayError: S3 does not answer.

        """
        key = self.keys.manifest(version)
        found = self.bucket.changed(key, "", hint=LOST_HINT)
        return Manifest.read_version(version, found[0] if found else b"", where=self.bucket.url(key))

    def download(self, pack: str, file: Path) -> None:
        """
        Write a *pack* to *file*.

        Raises:
            BadInputError: There is no such pack, or the role may not read it.
            S3AwayError: S3 does not answer.

        """
        self.bucket.download(self.keys.pack(pack), file, hint=LOST_HINT)


class DeployedTasks:
    """The table of the task folders that the stage has deployed, at *key* of the *bucket*."""

    def __init__(self, bucket: S3Bucket, key: str) -> None:
        self._bucket = bucket
        self._key = key

    def changed(self, etag: str) -> tuple[bytes, str] | None:
        """
        Return the table and its ETag, or None if it still has *etag*.

        Raises:
            BadInputError: There is no table, or the role may not read it.
            S3AwayError: S3 does not answer.

        """
        return self._bucket.changed(self._key, etag, hint="deploy the stage")


def _status(error: ClientError) -> int:
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
