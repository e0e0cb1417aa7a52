"""Read and write objects of the bucket in which a bundle is."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from constructs_lib.shared.bad_input import BadInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from airflow_on_fargate.dags.clients import Clients

PATIENCE = Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 6})
"""About a minute for a bucket that does not answer or throttles."""
ONE_REQUEST = TransferConfig(multipart_threshold=5 * 1024**3, use_threads=False)
"""An upload in parts that is killed would leave parts, which cost money; S3 takes 5 GiB at once."""
MISSING = ("NoSuchKey", "404")
FORBIDDEN = ("AccessDenied", "403")
ELSEWHERE = ("PermanentRedirect", "301", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException")
"""The answers of S3 to a request in another region than the bucket's."""
CHANGED = ("PreconditionFailed", "ConditionalRequestConflict", *MISSING)
"""The answers to a conditional request (S3: "How to prevent object overwrites with conditional writes")."""


class Object(NamedTuple):
    """The content of an object, and the ETag of that content."""

    content: bytes
    etag: str


class ChangedError(Exception):
    """An object is not what it was when it was read."""


@dataclass(frozen=True)
class DagBucket:
    """The bucket *name*, which belongs to *owner*, as sentences name it; *client* is boto3's."""

    client: Any
    name: str
    owner: str

    @classmethod
    def open(cls, clients: Clients, name: str, owner: str) -> Self:
        """Return the bucket, called by one of *clients*."""
        return cls(clients.of("s3", config=PATIENCE), name, owner)

    def place(self, key: str) -> str:
        """Return the object as sentences name it."""
        return f"s3://{self.name}/{key}"

    def read(self, key: str) -> Object | None:
        """
        Return an object, or None if it does not exist.

        Raises:
            BadInputError: the bucket does not exist, is in another region, is not reached, or may not be read.

        """
        try:
            with self._sentences("read", key):
                answer = self.client.get_object(Bucket=self.name, Key=key)
                return Object(answer["Body"].read(), answer["ETag"])
        except _MissingError:
            return None
        except _ForbiddenError as error:
            # Who may not list gets this answer for a missing object too (Amazon S3 API Reference, "GetObject").
            if self._is_absent(key):
                return None
            raise BadInputError(str(error)) from None

    def has(self, key: str) -> bool:
        """Return whether an object exists, or True if the caller may not know."""
        return not self._is_absent(key)

    def write(self, key: str, content: bytes) -> None:
        """
        Write an object.

        Raises:
            BadInputError: as `read`.

        """
        with self._sentences("write", key):
            self.client.put_object(Bucket=self.name, Key=key, Body=content)

    def upload(self, key: str, file: Path, progress: Callable[[int], None]) -> None:
        """
        Write the content of *file*, and call *progress* with the size of each part that was sent.

        Raises:
            BadInputError: as `read`.

        """
        with self._sentences("write", key), file.open("rb") as opened:
            self.client.upload_fileobj(opened, self.name, key, Callback=progress, Config=ONE_REQUEST)

    def replace(self, key: str, content: bytes, before: Object | None) -> None:
        """
        Write an object if it is still what it was *before*; None: it did not exist.

        Raises:
            ChangedError: it is not.
            BadInputError: as `read`.

        """
        condition = {"IfMatch": before.etag} if before else {"IfNoneMatch": "*"}
        with self._sentences("write", key):
            try:
                self.client.put_object(Bucket=self.name, Key=key, Body=content, **condition)
            except ClientError as error:
                if _code(error) in CHANGED:
                    raise ChangedError from None
                raise

    def _is_absent(self, key: str) -> bool:
        try:
            answer = self.client.list_objects_v2(Bucket=self.name, Prefix=key, MaxKeys=1)
        except (BotoCoreError, ClientError):
            return False
        return not any(each["Key"] == key for each in answer.get("Contents", ()))

    @contextmanager
    def _sentences(self, verb: str, key: str) -> Iterator[None]:
        where = f"cannot {verb} {self.place(key)}"
        try:
            yield
        except NoCredentialsError:
            msg = f"{where}: there are no AWS credentials; log in, or set AWS_PROFILE"
            raise BadInputError(msg) from None
        except BotoCoreError as error:
            msg = f"{where}: {error}"
            raise BadInputError(msg) from error
        except ClientError as error:
            code = _code(error)
            if code in MISSING:
                raise _MissingError from None
            if code in FORBIDDEN:
                reason = error.response["Error"].get("Message", "AccessDenied")
                msg = f"{where}: {reason}; the caller needs the policy that airflow-fargate dags policy prints"
                raise _ForbiddenError(msg) from None
            msg = f"{where}: {self._reason(code, error)}"
            raise BadInputError(msg) from None

    def _reason(self, code: str, error: ClientError) -> str:
        if code == "NoSuchBucket":
            return f"the bucket does not exist; {self.owner}"
        if code in ELSEWHERE:
            region = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region")
            return f"the bucket is in {region or 'another region'}; use a bucket in the region of the stage"
        return str(error.response["Error"].get("Message") or code)


def _code(error: ClientError) -> str:
    return str(error.response["Error"].get("Code"))


class _MissingError(Exception):
    """An object does not exist."""


class _ForbiddenError(BadInputError):
    """The caller may not do it."""
