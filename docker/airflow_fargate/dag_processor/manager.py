"""
The dag-processor's loop: a new version of a bundle is visible at once, and each result has the version that it is of.

Airflow 3.3.2 has faults here, which `DagProcessorManager` works around:

- It parses a changed file at once only if the file is new. Others wait until all files in the queue are parsed.
- It stores a result with the version that is current when the result is collected, whatever version was parsed. A run
  then has the tasks of one version and the code of another.
- After a restart it parses all files in any order, so a change may wait for a thousand of them.
- It gives the callback of a task the version of the task's `DagVersion`. When a version leaves the structure of a DAG
  as it is, Airflow moves this `DagVersion` to it, also while a run with the version before is active.

A bundle without a version is not one without DAGs: on the empty disk of a new dag-processor, the pointer to the current
version may have been deleted, or may be forbidden. So no DAG becomes stale before a version was read.
"""

import signal
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import sqlalchemy
from airflow.callbacks.callback_requests import CallbackRequest, EmailRequest, TaskCallbackRequest
from airflow.cli.commands import dag_processor_command
from airflow.dag_processing.manager import DagFileInfo, DagFileProcessorManager
from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from typing_extensions import override

from airflow_fargate.dag_bundles.version_folder import version_in
from airflow_fargate.dag_processor.followed_bundle import FollowedBundle, VersionedDagBundle
from constructs_lib.shared.dag_version import DAGS


@attrs.define(kw_only=True, eq=False, repr=False, slots=False)
class DagProcessorManager(DagFileProcessorManager):
    """A manager that parses what a version changes before all else, and stores each result with its own version."""

    _followed: list[FollowedBundle] = attrs.field(factory=list, init=False)
    _postponed: list[DagFileInfo] = attrs.field(factory=list, init=False)
    """Files to be parsed when the callbacks that run in them have ended."""
    _collected: DagFileInfo | None = attrs.field(default=None, init=False)

    @override
    def load_dag_bundles(self) -> None:
        """Load the bundles, and follow those of ours."""
        super().load_dag_bundles()
        self._followed = [
            FollowedBundle(bundle) for bundle in self._dag_bundles if isinstance(bundle, VersionedDagBundle)
        ]

    @override
    def claim_priority_files(self) -> list[DagFileInfo]:
        """Return the files that a user wants to be parsed, and those that wait for a deployment or a callback."""
        ready = [file for file in self._postponed if file not in self._processors]
        self._postponed = [file for file in self._postponed if file in self._processors]
        for followed in self._followed:
            bundle = followed.bundle
            for path in followed.affected_by_deployment():
                file = Path(path).relative_to(DAGS)
                ready.append(DagFileInfo(rel_path=file, bundle_name=bundle.name, bundle_path=bundle.path))
        return [*super().claim_priority_files(), *ready]

    @override
    def fetch_callbacks(self) -> list[CallbackRequest]:
        """Return the callbacks, each with the version of its run."""
        return [_with_version_of_run(request) for request in super().fetch_callbacks()]

    @override
    def deactivate_deleted_dags(self, bundle_name: str, present: set[DagFileInfo]) -> None:
        """Deactivate the DAGs of deleted files, but none while no version of the bundle could be read."""
        unread = {each.bundle.name for each in self._followed if version_in(each.bundle.path) is None}
        if bundle_name not in unread:
            super().deactivate_deleted_dags(bundle_name, present)

    @override
    def handle_parsing_result(self, file: DagFileInfo, *arguments: Any, **named: Any) -> None:
        """Handle a result; Airflow does not pass its *file* on."""
        self._collected = file
        super().handle_parsing_result(file, *arguments, **named)

    @override
    def persist_parsing_result(self, *, bundle_version: str | None, **named: Any) -> None:
        """Store a result with the version that was parsed."""
        parsed = version_in(self._collected.bundle_path) if self._collected else None
        super().persist_parsing_result(bundle_version=parsed or bundle_version, **named)

    @override
    def _add_new_files_to_queue(self, known_files: dict[str, set[DagFileInfo]]) -> None:
        """Do so, and follow new versions: Airflow calls it at the end of a refresh."""
        super()._add_new_files_to_queue(known_files)
        for followed in self._followed:
            if followed.switched():
                affected = followed.affected_by_switch(partial(_parsed, followed.bundle.name))
                known = known_files.get(followed.bundle.name, set())
                self._renew_queue(known)
                self._parse_first([file for file in known if f"{DAGS}/{file.rel_path}" in affected])

    def _renew_queue(self, known: set[DagFileInfo]) -> None:
        """Let the queued files be of the new version; callbacks keep their own."""
        new = {file: file for file in known}
        self._file_queue = OrderedDict((new.get(file, file), None) for file in self._file_queue)

    def _parse_first(self, files: list[DagFileInfo]) -> None:
        """Parse *files* before all others, and stop parsing them in the version before."""
        for file in files:
            running = self._processors.get(file)
            if running and running.had_callbacks:
                self._postponed.append(file)
            elif running:
                del self._processors[file]
                running.kill(signal.SIGKILL)
                running.close()  # type: ignore[no-untyped-call] # Airflow's own has no types
        self._add_files_to_queue([file for file in files if file not in self._postponed], mode="frontprio")


def _parsed(bundle: str) -> Mapping[str, AbstractSet[str]]:
    """Return the paths of the files with DAGs, by the version in which they were parsed last."""
    found: dict[str, set[str]] = defaultdict(set)
    columns = DagModel.bundle_version, DagModel.relative_fileloc
    parsed = sqlalchemy.select(*columns).where(DagModel.bundle_name == bundle, ~DagModel.is_stale)
    with create_session() as session:
        for version, file in session.execute(parsed):
            found[str(version)].add(f"{DAGS}/{file}")
    return found


def _with_version_of_run(request: CallbackRequest) -> CallbackRequest:
    if not isinstance(request, TaskCallbackRequest | EmailRequest) or not request.bundle_version:
        return request
    run = sqlalchemy.select(DagRun.bundle_version).where(
        DagRun.dag_id == request.ti.dag_id, DagRun.run_id == request.ti.run_id
    )
    with create_session() as session:
        version = session.scalar(run)
    return request.model_copy(update={"bundle_version": version}) if version else request


def install() -> None:
    """Replace Airflow's class by ours, before the dag-processor starts."""
    # mypy: Airflow imports it there, and looks its name up.
    dag_processor_command.DagFileProcessorManager = DagProcessorManager  # type: ignore[attr-defined]
