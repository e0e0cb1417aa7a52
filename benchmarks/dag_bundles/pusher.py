"""Push versions of the DAGs of a stack on this machine, in this process, without the checks of `dags push`."""

import time
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from unittest.mock import patch

from rich.console import Console
from typing_extensions import override

from airflow_on_fargate.dags.clients import Clients
from airflow_on_fargate.dags.local_files import local_files
from airflow_on_fargate.dags.push import Push
from airflow_on_fargate.dags.stage_bundle import StageBundle
from airflow_on_fargate.dags.versions import Versions
from airflow_on_fargate.local.machine import Machine
from airflow_on_fargate.local.state import State
from constructs_lib.settings import DagsInS3, Settings
from constructs_lib.shared.dag_manifest import Switch
from constructs_lib.shared.dag_version import TASKS, Keys, version_of

WHO = "a benchmark"


@dataclass(frozen=True)
class Pushed:
    """The current version, and when the pointer was switched."""

    version: str
    at: float


class Pusher:
    """Pushes `dags/` of the project of *state*, whose stage has one bundle in its own bucket."""

    def __init__(self, state: State) -> None:
        self._project = state.folder.parent
        settings = Settings(stage=Machine.read(state).stage, dags=DagsInS3())
        bundle = StageBundle.find(settings, None)
        self._versions = Versions.open(bundle, Clients.of_local_stack(self._project, settings.region))

    @cached_property
    def keys(self) -> Keys:
        """The keys of the bundle's objects."""
        return self._versions.keys

    @property
    def bucket(self) -> str:
        """The name of the bucket."""
        return self._versions.bucket.name

    @property
    def version(self) -> str:
        """The current version."""
        return str(self._versions.current().version)

    def push(self, note: str, *, skew_sec: float = 0) -> Pushed:
        """Push all files, with the time of a clock that is *skew_sec* ahead."""
        tasks = self._project / TASKS
        files, current = local_files(self._project, tasks=tasks), self._versions.current()
        version = version_of(files)
        push = Push(
            versions=self._versions,
            current=current,
            files=files,
            folder=self._project,
            tasks=tasks,
            dags={},
            pushed_by=WHO,
            source="",
            note=note,
        )
        # Only if it must be: a replaced clock is replaced in all threads.
        skewed = patch("airflow_on_fargate.dags.push.datetime", _clock(skew_sec)) if skew_sec else nullcontext()
        with skewed:
            push.run(version, self._versions.manifest(str(current.version)), Console(quiet=True))
        return Pushed(version, time.time())

    def roll_back(self, version: str) -> Pushed:
        """Make an earlier *version* the current one."""
        current = self._versions.current()
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._versions.publish(self._versions.existing(version), current)
        self._versions.switch(current, Switch(version, now, WHO, "rollback"))
        return Pushed(version, time.time())

    def remove(self, version: str) -> None:
        """Delete the manifest of a *version*, and the packs that only this version has."""
        manifest, current = self._versions.existing(version), self._versions.existing(self.version)
        bucket = self._versions.bucket
        keys = [self.keys.manifest(version), *(self.keys.pack(each) for each in {*manifest.packs} - {*current.packs})]
        for key in keys:
            bucket.client.delete_object(Bucket=bucket.name, Key=key)


def _clock(skew_sec: float) -> type[datetime]:
    """Return a clock that is *skew_sec* ahead."""

    class Clock(datetime):
        @classmethod
        @override
        def now(cls, tz: tzinfo | None = None) -> "Clock":
            return cls.fromtimestamp(time.time() + skew_sec, tz)

    return Clock
