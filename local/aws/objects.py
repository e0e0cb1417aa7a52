"""S3 objects on disk: the logs of tasks outlive a restart."""

import threading
from pathlib import Path
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import S3Backend, s3_backends


class Objects:
    """Writes what is put into moto's buckets to *folder* as well."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def install(self) -> None:
        """Let moto's S3 write to disk from now on."""
        put_object, delete_object = S3Backend.put_object, S3Backend.delete_object

        def put(backend: S3Backend, bucket_name: str, key_name: str, value: bytes, *rest: Any, **more: Any) -> Any:
            made = put_object(backend, bucket_name, key_name, value, *rest, **more)
            self._write(bucket_name, key_name, value)
            return made

        def delete(backend: S3Backend, bucket_name: str, key_name: str, *rest: Any, **more: Any) -> Any:
            (self._folder / bucket_name / key_name).unlink(missing_ok=True)
            return delete_object(backend, bucket_name, key_name, *rest, **more)

        S3Backend.put_object = put
        S3Backend.delete_object = delete

    def load(self) -> None:
        """Put what is on disk into the buckets, which must be there."""
        backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        for path in sorted(self._folder.rglob("*")):
            if path.is_file():
                bucket, *key = path.relative_to(self._folder).parts
                backend.put_object(bucket, "/".join(key), path.read_bytes())

    def _write(self, bucket: str, key: str, value: bytes) -> None:
        path = self._folder / bucket / key
        if ".." in path.parts:
            return
        with self._lock:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(value)
