"""
The XCom backend: a value that is too large for the metadata database is an object in S3, and the database has its path.

It is Airflow's own backend, with the same options ([common.io] xcom_objectstorage_*). Added are a maximum size, an
error when the object is gone, and the same result for a large value as for a small one.
"""

import asyncio
import json
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any
from uuid import uuid4

from airflow.providers.common.io.xcom.backend import SECTION, XComObjectStorageBackend
from airflow.sdk import ObjectStoragePath
from airflow.sdk.bases.xcom import BaseXCom
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowFailException
from fsspec import AbstractFileSystem  # type: ignore[import-untyped] # it has no types
from fsspec.utils import compressions  # type: ignore[import-untyped] # as above
from typing_extensions import override

MAXIMUM_BYTES = 384 * 1024**2
"""
The largest value as JSON. A task has the value and its JSON in memory, and one that takes it as an argument the text
of its arguments, too; a worker has 2 GiB by default, 550 MB of which it needs itself.
"""
CHUNK_BYTES = 16 * 1024**2
"""The size of an uploaded part; the file system's default is 50 MB, of which it has several copies in memory."""
NAME_CHARACTERS = 200
"""The maximum length of each name in a key: S3 allows 1,024 bytes (Amazon S3 User Guide, "Naming objects")."""

log = logging.getLogger(__name__)


class XCom(XComObjectStorageBackend):
    """Store a value in the database or, from `xcom_objectstorage_threshold` bytes on, in S3."""

    @staticmethod
    @override
    def serialize_value(
        value: Any,
        *,
        key: str | None = None,
        task_id: str | None = None,
        dag_id: str | None = None,
        run_id: str | None = None,
        map_index: int | None = None,
    ) -> str:
        """
        Return the content of the database: the serialized value, or the path of the object that was just written.

        Raises:
            AirflowFailException: the value is larger than the maximum. The task fails at once, because a retry would
                make the same value again.

        """
        # Airflow's backend encodes large values in another way than small ones: there an inner tuple comes back as a
        # list, and a dictionary whose keys are dates is refused.
        serialized = BaseXCom.serialize_value(value)
        text = json.dumps(serialized)
        if not 0 <= _threshold() <= len(text):
            return serialized
        if len(text) > MAXIMUM_BYTES:
            msg = (
                f"The XCom {key!r} of the task {task_id!r} has {len(text):,} bytes as JSON, the maximum is"
                f" {MAXIMUM_BYTES:,}: write the data to S3 in the task, and return its key"
            )
            raise AirflowFailException(msg)
        names = {"dag_id": dag_id, "run_id": run_id, "task_id": task_id}
        folders = [f"{name}={_in_key(each)}" for name, each in names.items()]
        path = _base().joinpath(*folders, f"{uuid4()}.json{_compression_suffix()}")
        _write(path, text)
        return BaseXCom.serialize_value(str(path))

    @staticmethod
    @override
    def deserialize_value(result: Any) -> Any:
        """
        Return the value of *result*, the content of the database.

        Raises:
            FileNotFoundError: its object is gone. Airflow's backend would return the path as the value.

        """
        path = _stored_path(result.value)
        if path is None:
            return BaseXCom.deserialize_value(result)
        try:
            with _file_system().open(path.path, "rb", compression="infer") as file:
                data = file.read()
        except FileNotFoundError as error:
            msg = (
                f"The value of this XCom is gone: {path} has expired, as logs do (log_retention_days), or was deleted;"
                " clear the task that has pushed it"
            )
            raise FileNotFoundError(msg) from error
        text = data.decode()
        del data
        return BaseXCom.deserialize_value(_Stored(json.loads(text)))

    @staticmethod
    @override
    def purge(xcom: Any, *_: object, **_named: object) -> None:
        """Delete the object of *xcom*, whose task runs again; an object that cannot be deleted expires."""
        path = _stored_path(xcom.value)
        if path is None:
            return
        try:
            _file_system().rm_file(path.path)
        except OSError as error:
            log.warning("%s cannot be deleted, and expires as logs do: %s", path, error)


class _Stored:
    """The argument of Airflow's `deserialize_value()`."""

    def __init__(self, value: object) -> None:
        self.value = value


@cache
def _threshold() -> int:
    return int(conf.get(SECTION, "xcom_objectstorage_threshold", fallback="-1"))


@cache
def _base() -> ObjectStoragePath:
    return ObjectStoragePath(conf.get_mandatory_value(SECTION, "xcom_objectstorage_path"))


@cache
def _compression() -> str | None:
    return conf.get(SECTION, "xcom_objectstorage_compression", fallback=None) or None


def _compression_suffix() -> str:
    """Return the suffix of a name that identifies the compression."""
    return next((f".{suffix}" for suffix, name in compressions.items() if name == _compression()), "")


@cache
def _file_system() -> AbstractFileSystem:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _base().fs
    # Triggers and asynchronous tasks run in an event loop, in which Airflow cannot make the file system
    # (`airflow.providers.amazon.aws.fs.s3.get_fs` calls `asyncio.run()`).
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(lambda: _base().fs).result()


def _in_key(name: str | None) -> str:
    """Return *name* with only those characters that S3's keys and URLs allow."""
    return re.sub(r"[^\w.~:+-]", "_", name or "", flags=re.ASCII)[:NAME_CHARACTERS]


def _stored_path(value: object) -> ObjectStoragePath | None:
    """Return *value* as a path, if it is the path of an XCom."""
    start = f"{_base()}/"
    return _base() / value.removeprefix(start) if isinstance(value, str) and value.startswith(start) else None


def _write(path: ObjectStoragePath, text: str) -> None:
    # Nothing to do in S3; Airflow's backend would check whether the bucket exists.
    if path.protocol == "file":
        path.parent.mkdir(parents=True, exist_ok=True)
    with _file_system().open(path.path, "wb", block_size=CHUNK_BYTES, compression=_compression()) as file:
        for chunk in _chunks(text):
            file.write(chunk)


def _chunks(text: str) -> Iterator[bytes]:
    for start in range(0, len(text), CHUNK_BYTES):
        yield text[start : start + CHUNK_BYTES].encode()
