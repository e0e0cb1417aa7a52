"""
A DAG bundle in S3 with versions. `constructs_lib.shared.dag_version` explains its objects.

Airflow's own `S3DagBundle` has no versions and copies into the folder that is read at that moment.
"""

import json
import logging
import os
import time
from pathlib import Path
from typing import Any

from airflow.dag_processing.bundles.base import BaseDagBundle, BundleVersion, BundleVersionLock
from typing_extensions import override

from airflow_fargate.dag_bundles.s3_objects import DeployedTasks, MissingObjectError, S3AwayError, S3Bucket, S3Objects
from airflow_fargate.dag_bundles.version_lock import use_version
from airflow_fargate.dag_bundles.version_store import VersionStore
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.shared.dag_version import DAGS, Keys, check_version, tasks_key

log = logging.getLogger(__name__)

PAUSE_SEC: float = 5
"""An attempt that fails may hold the dag-processor's loop for seconds; it parses in between."""
NOTHING = "nothing"
"""The folder that is read before the first push. `DagProcessorManager` never concludes from it that DAGs are gone."""


class VersionedS3DagBundle(BaseDagBundle):
    """
    A bundle that `airflow-fargate dags push` changes.

    With a version it is that one, for a task; a version that is on the disk needs no S3. Without a version it follows
    the current one, for the dag-processor and for DAGs with `disable_bundle_versioning`.
    """

    supports_versioning = True

    def __init__(self, *, bucket: str, prefix: str = "dags", **arguments: Any) -> None:  # noqa: ANN401 the parent's
        super().__init__(**arguments)
        self.objects = S3Objects(S3Bucket(bucket), Keys(prefix, self.name))
        self.deployed_tasks = DeployedTasks(self.objects.bucket, tasks_key(prefix))
        self._store = VersionStore(self.base_dir)
        self._state_file = self.base_dir / "current.json"
        self._current, self._etag = self._read_state()
        self._locks: list[BundleVersionLock] = []
        self._logged = ""
        self._failure: BadInputError | S3AwayError | None = None
        self._pause_until = 0.0

    @override
    def initialize(self) -> None:
        """
        Prepare the version, or the current one.

        Raises:
            BadInputError: The version, or the current one of an empty disk, does not exist any more, may not be read,
                or is damaged.
            S3AwayError: The version is not on the disk, and S3 does not answer for two minutes.

        """
        if self.version:
            check_version(self.version, where=f"bundle {self.name!r}")
            self._use(self.version)
        else:
            self.refresh()
        super().initialize()

    @override
    def refresh(self) -> None:
        """
        Prepare the current version if there is a new one; the one before stays current if that fails.

        Raises:
            ValueError: The bundle has a version.
            BadInputError: No version is on the disk, and the current one cannot be read; none before the first push.
            S3AwayError: No version is on the disk, and S3 does not answer.

        """
        if self.version:
            msg = f"bundle {self.name!r} has the version {self.version}, which does not change"
            raise ValueError(msg)
        is_prepared = bool(self._current) and self._store.has(self._current)
        if is_prepared and not self._locks:
            # It is that of an earlier process.
            self._use(self._current)
        if time.monotonic() >= self._pause_until:
            failure = self._follow(is_prepared=is_prepared)
            if failure != self._logged:
                log.warning("Bundle %s: %s", self.name, failure or "the current version can be read again")
                self._logged = failure
        elif not is_prepared and self._failure:
            raise self._failure.with_traceback(None)
        self.path.mkdir(parents=True, exist_ok=True)

    @override
    def get_current_version(self) -> BundleVersion | None:
        """Return the version that is prepared, or None before the first push."""
        version = self.version or self._current
        return BundleVersion(version) if version else None

    @property
    @override
    def path(self) -> Path:
        """The folder `dags` of the version; `tasks` is beside it."""
        version = self.version or self._current
        return (self._store.path(version) if version else self.base_dir / NOTHING) / DAGS

    @override
    def view_url_template(self) -> str | None:
        """Return the address of a version's manifest in the console of S3, or the configured one."""
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        configured = super().view_url_template()
        if configured or not region or os.environ.get("AWS_ENDPOINT_URL"):
            return configured
        bucket, key = self.objects.bucket.name, self.objects.keys.manifest("{version}")
        return f"https://{region}.console.aws.amazon.com/s3/object/{bucket}?region={region}&prefix={key}"

    def _follow(self, *, is_prepared: bool) -> str:
        """Prepare the current version, if it is new, and return why that is not possible."""
        self._failure = None
        try:
            return self._switch(self._etag if is_prepared else "")
        except (BadInputError, S3AwayError) as error:
            self._failure = error
            if not is_prepared or isinstance(error, S3AwayError):
                self._pause_until = time.monotonic() + PAUSE_SEC
            if not is_prepared:
                # An empty folder would be a version without DAGs.
                raise
            return str(error)

    def _switch(self, etag: str) -> str:
        try:
            found = self.objects.changed_pointer(etag)
        except MissingObjectError as error:
            # Perhaps nothing was pushed yet.
            return str(error)
        if found:
            pointer, new_etag = found
            self._use(pointer.version)
            self._set_current(pointer.version, new_etag)
        return ""

    def _use(self, version: str) -> None:
        """Build *version* unless it is there, and keep it on the disk while this object exists."""
        lock = use_version(self, version, self._build)
        # The version before may still be parsed.
        self._locks = [*self._locks[-1:], lock]

    def _build(self, version: str) -> None:
        if not self._store.has(version):
            with self.lock():
                if not self._store.has(version):
                    self._store.build(self.objects.manifest(version), self.objects.download)

    def _set_current(self, version: str, etag: str) -> None:
        self._current, self._etag = version, etag
        part = self._state_file.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps([version, etag]), encoding="utf-8")
        part.replace(self._state_file)

    def _read_state(self) -> tuple[str, str]:
        """Return the last current version on this disk and the ETag of its pointer, or empty texts."""
        try:
            version, etag = json.loads(self._state_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return "", ""
        return version, etag
