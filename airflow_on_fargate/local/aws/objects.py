"""S3 objects on disk: the logs of tasks outlive a restart."""

import threading
from pathlib import Path
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import S3Backend, s3_backends
from moto.s3.responses import S3Response

NO_NAMES = ("", ".", "..")


class Objects:
    """
    Writes the objects in moto's buckets also to *folder*, with a folder for each bucket.

    An object whose key cannot be a file's path is only in memory: a key with `..` or `//` in it, one that starts or
    ends with `/`, or one that is the name of a folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._putting = threading.Lock()

    def install(self) -> None:
        """
        Make moto's S3 write to disk from now on, and one PutObject after the other.

        moto compares `If-Match` and writes without a lock, so that two requests at once would both succeed.
        """
        put_object, delete_object = S3Backend.put_object, S3Backend.delete_object

        def put(backend: S3Backend, bucket_name: str, key_name: str, value: bytes, *rest: Any, **more: Any) -> Any:
            made = put_object(backend, bucket_name, key_name, value, *rest, **more)
            self._write(bucket_name, key_name, value)
            return made

        def delete(backend: S3Backend, bucket_name: str, key_name: str, *rest: Any, **more: Any) -> Any:
            self._remove(bucket_name, key_name)
            return delete_object(backend, bucket_name, key_name, *rest, **more)

        answer_put = S3Response.put_object

        def put_alone(response: S3Response) -> Any:
            with self._putting:
                return answer_put(response)

        S3Response.put_object = put_alone
        S3Backend.put_object = put
        S3Backend.delete_object = delete

    def load(self, region: str) -> None:
        """Load the objects on disk into their buckets; create missing buckets, such as another stage's."""
        backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        for bucket in sorted(each for each in self._folder.glob("*") if each.is_dir()):
            if bucket.name not in backend.buckets:
                backend.create_bucket(bucket.name, region)
            for path in sorted(each for each in bucket.rglob("*") if each.is_file()):
                backend.put_object(bucket.name, path.relative_to(bucket).as_posix(), path.read_bytes())

    def _file(self, bucket: str, key: str) -> Path | None:
        parts = key.split("/")
        return None if any(part in NO_NAMES for part in parts) else Path(self._folder, bucket, *parts)

    def _write(self, bucket: str, key: str, value: bytes) -> None:
        file = self._file(bucket, key)
        if not file:
            return
        with self._lock:
            # Outside the buckets, so that an interrupted write does not become an object.
            temporary = self._folder / "new"
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                temporary.write_bytes(value)
                temporary.replace(file)
            except (FileExistsError, IsADirectoryError, NotADirectoryError):
                return

    def _remove(self, bucket: str, key: str) -> None:
        file = self._file(bucket, key)
        if file and file.is_file():
            file.unlink()
