"""
A DAG bundle in a Git repository, whose versions are commits.

Each commit has a folder of its own, which never changes: Airflow's own `GitDagBundle` checks out in place, so that a
file is parsed while another commit replaces it (docs/decisions/0042-git-bundles.md).
"""

import logging
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from airflow.dag_processing.bundles.base import BaseDagBundle, BundleVersion, BundleVersionLock
from tenacity import (
    Retrying,
    retry_if_exception_type,
    retry_if_not_exception_type,
    stop_after_delay,
    wait_random_exponential,
)
from typing_extensions import override

from airflow_fargate.dag_bundles.git_remote import COMMIT, GitRemote, GitRemoteError, MissingError
from airflow_fargate.dag_bundles.s3_objects import PATIENCE_SEC, DeployedTasks, S3Bucket, has_loop
from airflow_fargate.dag_bundles.version_lock import use_version
from constructs_lib.shared.dag_version import DAGS, TASKS

log = logging.getLogger(__name__)

TASK_FILES = ("task.toml", "Dockerfile")
"""What makes a folder of `tasks/` known to the DAGs; each has a Dockerfile."""
UNUSED_SEC = 3600
"""How long the dag-processor keeps the folder of a commit that is no longer the newest."""
FIRST_PAUSE_SEC, LAST_PAUSE_SEC = 30.0, 300.0
"""
Between two looks that fail; each pause is twice the one before. A look may hold the dag-processor's loop for 15 s, and
each look with a wrong token is a login that the host counts.
"""
PAGES = {"bitbucket.org": "src", "github.com": "tree", "gitlab.com": "-/tree"}
"""Where hosts show the files of a commit."""


class VersionedGitDagBundle(BaseDagBundle):
    """
    The DAGs in `dags/` of *folder* of the repository at *url*, at the commit of *ref*; `tasks/` is beside them.

    *secret* is described in `GitRemote`. The object *tasks_key* of *tasks_bucket* is the table of the task folders that
    the stage has deployed.
    """

    supports_versioning = True

    def __init__(
        self,
        *,
        name: str,
        url: str,
        tasks_bucket: str,
        tasks_key: str,
        ref: str = "main",
        folder: str = "",
        secret: str | None = None,
        refresh_interval: int = 30,
        version: str | None = None,
        view_url_template: str | None = None,
    ) -> None:
        super().__init__(
            name=name, refresh_interval=refresh_interval, version=version, view_url_template=view_url_template
        )
        self._remote = GitRemote(url, self.base_dir / "repository", secret)
        self.deployed_tasks = DeployedTasks(S3Bucket(tasks_bucket), tasks_key)
        self._ref = ref
        self._folder = folder
        self._commit = self.version
        self._newest_file = self.base_dir / "newest"
        self._lock: BundleVersionLock | None = None
        self._failure: GitRemoteError | None = None
        self._pause_sec = self._pause_until = 0.0

    @property
    @override
    def path(self) -> Path:
        """The DAGs of the version, or of the newest commit that is on this machine."""
        return self.versions_dir / str(self._commit) / DAGS

    @override
    def get_current_version(self) -> BundleVersion | None:
        """Return the commit."""
        return BundleVersion(self._commit) if self._commit else None

    @override
    def initialize(self) -> None:
        """
        Provide the version of a run, or the newest commit.

        Raises:
            GitRemoteError: it is not on this machine, and the remote does not provide it.

        """
        if self.version:
            self._provide_patiently(self.version)
            # So that the dag-processor keeps it.
            os.utime(self.versions_dir / self.version)
        else:
            self.refresh()
        super().initialize()

    @override
    def refresh(self) -> None:
        """
        Provide the newest commit; if that fails, the bundle stays at the commit that it has, and pauses.

        A new process has the newest commit of the last look on this machine.

        Raises:
            GitRemoteError: there is none; the sentence has the reason.

        """
        if time.monotonic() >= self._pause_until:
            try:
                self._follow()
            except GitRemoteError as error:
                self._fall_back()
                self._pause(error)
            else:
                self._resume()
        if self._failure and not self._commit:
            raise self._failure.with_traceback(None)

    @override
    def view_url_template(self) -> str | None:
        """Return the address of the files of a version in the browser."""
        address = urlsplit(self._remote.url)
        page = PAGES.get(address.netloc)
        configured = super().view_url_template()
        if configured or not page:
            return configured
        folder = f"/{self._folder}" if self._folder else ""
        return f"{self._remote.url.rstrip('/').removesuffix('.git')}/{page}/{{version}}{folder}/{DAGS}"

    def _follow(self) -> None:
        commit = self._remote.find(self._ref)
        self._use(commit)
        part = self._newest_file.with_suffix(f".{os.getpid()}")
        part.write_text(commit, encoding="utf-8")
        part.replace(self._newest_file)
        if has_loop():
            self._remove_unused()

    def _fall_back(self) -> None:
        newest = self._newest_file.read_text(encoding="utf-8") if self._newest_file.exists() else ""
        if not self._commit and newest and (self.versions_dir / newest).is_dir():
            self._use(newest)

    def _use(self, commit: str) -> None:
        if has_loop():
            self._provide(commit)
            # So that it stays for a while after the next commit.
            os.utime(self.versions_dir / commit)
        else:
            # On a worker, Airflow removes what no task has used for hours.
            self._lock = use_version(self, commit, self._provide)
        self._commit = commit

    def _pause(self, error: GitRemoteError) -> None:
        if str(error) != str(self._failure):
            log.warning("Bundle %s: %s", self.name, error)
        self._failure = error
        # What is missing is repaired by a push, which should soon be seen.
        is_away = self._commit and not isinstance(error, MissingError)
        self._pause_sec = min(2 * self._pause_sec or FIRST_PAUSE_SEC, LAST_PAUSE_SEC) if is_away else FIRST_PAUSE_SEC
        self._pause_until = time.monotonic() + self._pause_sec

    def _resume(self) -> None:
        if self._failure:
            log.warning("Bundle %s: the newest commit can be read again", self.name)
        self._failure, self._pause_sec = None, 0.0

    def _provide_patiently(self, commit: str) -> None:
        for attempt in Retrying(
            reraise=True,
            retry=retry_if_exception_type(GitRemoteError) & retry_if_not_exception_type(MissingError),
            # The dag-processor tries again at its next look.
            stop=stop_after_delay(0 if has_loop() else PATIENCE_SEC),
            wait=wait_random_exponential(max=15),
        ):
            with attempt:
                self._provide(commit)

    def _provide(self, commit: str) -> None:
        """Write the files of *commit*, unless this machine has them; a part of them is never visible."""
        target = self.versions_dir / commit
        if target.is_dir():
            return
        if not COMMIT.fullmatch(commit):
            msg = (
                f"bundle {self.name!r} is in Git, and {commit!r} is no commit; clear the DAG runs that started with it"
            )
            raise MissingError(msg)
        with self.lock():
            if target.is_dir():
                return
            self.versions_dir.mkdir(parents=True, exist_ok=True)
            start = f"/{self._folder}" if self._folder else ""
            with tempfile.TemporaryDirectory(dir=self.base_dir) as temporary:
                files = Path(temporary, "files")
                of_tasks = [f"{start}/{TASKS}/*/{name}" for name in TASK_FILES]
                self._remote.export(commit, [f"{start}/{DAGS}/", *of_tasks], files)
                if not (files / self._folder / DAGS).is_dir():
                    msg = (
                        f"{self._remote.url} has no folder {f'{self._folder}/{DAGS}'.removeprefix('/')} at commit"
                        f" {commit}; correct folder in the setting dags, or push one"
                    )
                    raise MissingError(msg)
                (files / self._folder).rename(target)

    def _remove_unused(self) -> None:
        for folder in self.versions_dir.iterdir():
            # Another process may remove it too.
            with suppress(FileNotFoundError):
                if folder.name != self._commit and folder.stat().st_mtime < time.time() - UNUSED_SEC:
                    shutil.rmtree(folder, ignore_errors=True)
