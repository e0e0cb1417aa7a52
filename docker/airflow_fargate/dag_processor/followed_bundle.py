"""A bundle whose versions the dag-processor follows."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet

from airflow_fargate.dag_bundles.git import VersionedGitDagBundle
from airflow_fargate.dag_bundles.s3 import VersionedS3DagBundle
from airflow_fargate.dag_bundles.s3_objects import S3AwayError
from airflow_fargate.dag_bundles.version_folder import deployed_file, hashes, version_in
from airflow_fargate.dag_processor.affected_files import AffectedFiles
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.shared.dag_version import task_file

log = logging.getLogger(__name__)

DEPLOYMENT_SEC: float = 30
"""Seconds between two looks for a deployment: 2,880 requests a day, 3 cents a month."""

VersionedDagBundle = VersionedS3DagBundle | VersionedGitDagBundle


class FollowedBundle:
    """A *bundle* with a folder for each version, and which of its files a new version or a deployment affects."""

    def __init__(self, bundle: VersionedDagBundle) -> None:
        self.bundle = bundle
        self._version: str | None = None
        self._hashes: Mapping[str, str] = {}
        self._affected_files = AffectedFiles()
        self._tasks: AbstractSet[str] = frozenset()
        self._tasks_etag = ""
        self._looked_at = float("-inf")
        self._logged = ""

    def switched(self) -> bool:
        """Return whether the bundle has another version than at the last call of `affected_by_switch`."""
        return version_in(self.bundle.path) not in {None, self._version}

    def affected_by_switch(self, parsed: Callable[[], Mapping[str, AbstractSet[str]]]) -> set[str]:
        """
        Return the paths that the new version changes or affects.

        A process that has just started asks which paths were *parsed* last in which version.
        """
        dags = self.bundle.path
        before, self._hashes = self._hashes, hashes(dags)
        is_first, self._version = self._version is None, version_in(dags)
        self._affected_files.load(self._hashes, lambda path: (dags.parent / path).read_bytes())
        return self._affected_since(parsed()) if is_first else self._affected_files.between(before, self._hashes)

    def _affected_since(self, parsed: Mapping[str, AbstractSet[str]]) -> set[str]:
        found = self._hashes.keys() - set().union(*parsed.values())
        bundle = self.bundle
        if not isinstance(bundle, VersionedS3DagBundle):
            # Only in S3 the files of an old version are known without a copy of it.
            return found
        for version, paths in parsed.items():
            try:
                files = bundle.objects.manifest(version).files
            except (BadInputError, S3AwayError) as error:
                log.warning("Bundle %s: %s", bundle.name, error)
            else:
                before = {path: file.sha256 for path, file in files.items()}
                found |= paths & self._affected_files.between(before, self._hashes)
        return found

    def affected_by_deployment(self) -> set[str]:
        """
        Look, now and then, which task folders the stage has deployed, and return the paths that name a new or gone one.

        The table is beside the versions afterwards, for `airflow_fargate.stage`.
        """
        now = time.monotonic()
        if now < self._looked_at + DEPLOYMENT_SEC:
            return set()
        self._looked_at = now
        try:
            found = self.bundle.deployed_tasks.changed(self._tasks_etag)
        except (BadInputError, S3AwayError) as error:
            if str(error) != self._logged:
                log.warning("Bundle %s: %s", self.bundle.name, error)
                self._logged = str(error)
            return set()
        if not found:
            return set()
        content, self._tasks_etag = found
        file = deployed_file(self.bundle.path)
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_bytes(content)
        part.replace(file)
        before, self._tasks = self._tasks, json.loads(content)["tasks"].keys()
        changed = {task_file(name) for name in before ^ self._tasks}
        return self._affected_files.affected_by(changed, self._hashes, self._hashes) - changed
