"""What the commands `airflow-fargate dags ...` do."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console

from airflow_on_fargate.dags.caller import pushed_by, source_of
from airflow_on_fargate.dags.changes import Changes
from airflow_on_fargate.dags.history import switch_rows
from airflow_on_fargate.dags.local_files import local_files
from airflow_on_fargate.dags.push import NOTHING_SWITCHED, Push
from airflow_on_fargate.dags.stage_bundle import StageBundle
from airflow_on_fargate.dags.versions import Versions
from airflow_on_fargate.interruption import after_interrupt
from constructs_lib.settings.dag_bundles import s3_bundles
from constructs_lib.shared.bad_input import BadInputError, printable, shown
from constructs_lib.shared.dag_manifest import DamagedError, Switch
from constructs_lib.shared.dag_version import TASKS, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from airflow_on_fargate.dags.checks import Checked
    from airflow_on_fargate.dags.clients import Clients
    from airflow_on_fargate.dags.parsed import Parsing
    from constructs_lib.shared.dag_manifest import Manifest
    from constructs_lib.shared.dag_version import BundleFile

PARALLEL_CALLS = 16


@dataclass(frozen=True, kw_only=True)
class DagCommands:
    """
    The commands for *bundle*, whose DAGs are in *folder* of *project*; *clients* call AWS.

    *wait*: until the dag-processor has parsed a new version; None: if the caller may look.
    """

    bundle: StageBundle
    clients: Clients
    project: Path
    folder: Path
    console: Console
    wait: bool | None = None

    @property
    def tasks(self) -> Path:
        """The folder with the task folders: beside the DAGs, or that of the project."""
        own = self.folder / TASKS
        return own if own.is_dir() else self.project / TASKS

    def push(self, *, note: str) -> None:
        """
        Check the DAGs, show what changes, and make them the current version.

        Raises:
            BadInputError: the DAGs are wrong, the bucket cannot be used, or somebody else has pushed meanwhile.

        """
        if not note.isprintable():
            msg = f"--note must be one line of printable characters, got {shown(note)}"
            raise BadInputError(msg)
        with after_interrupt(NOTHING_SWITCHED):
            files = local_files(self.folder, tasks=self.tasks)
            version = version_of(files)
            versions = Versions.open(self.bundle, self.clients)
            with ThreadPoolExecutor(PARALLEL_CALLS) as pool:
                deployed, caller = pool.submit(versions.deployed_tasks), pool.submit(pushed_by, self.clients)
                current = versions.replaceable()
                before = versions.undamaged(current.version) if current.version else None
                deployed_tasks = deployed.result()
            if current.version == version and before and not versions.missing_packs(before):
                self.console.print(f"{self.bundle.title} already has these files: version {version}", soft_wrap=True)
                return
            if current.object and not current.pointer:
                place = versions.bucket.place(versions.keys.current)
                self.console.print(
                    f"{place} is damaged: the push writes it again, without the earlier switches", soft_wrap=True
                )
            checked = self._check(before, files, deployed_tasks, self.console)
            changes = _changes(before, files, checked.dags)
            self._show(changes)
            parsing = self._parsing(versions)
            push = Push(
                versions=versions,
                current=current,
                files=files,
                folder=self.folder,
                tasks=self.tasks,
                dags=checked.dags,
                pushed_by=caller.result(),
                source=source_of(self.folder),
                note=note,
            )
        push.run(version, before, self.console)
        self.console.print(f"{self.bundle.title} has version {version} ({len(files)} files)", soft_wrap=True)
        if parsing:
            parsing.wait(version, changes, checked.dags, self.console, affected=checked.affected)

    def rollback(self, text: str | None) -> None:
        """
        Make an earlier version the current one: the one that *text* names, by default the one before.

        Raises:
            BadInputError: there is no such version, or somebody else has pushed meanwhile.

        """
        versions = Versions.open(self.bundle, self.clients)
        current = versions.current()
        if current.pointer is None:
            msg = f"{self.bundle.title} has no version yet; run {self.bundle.advised('dags push')}"
            raise BadInputError(msg)
        old = current.pointer.version
        version = current.pointer.previous if text is None else versions.named(text, current)
        if version is None:
            msg = f"{self.bundle.title} has no version before {old}, which is its first one"
            raise BadInputError(msg)
        if version == old:
            self.console.print(f"{version} is already the current version of {self.bundle.title}", soft_wrap=True)
            return
        manifest, before = versions.whole(version), versions.undamaged(old)
        changes = _changes(before, manifest.files, manifest.dags)
        self._show(changes)
        parsing = self._parsing(versions)
        with after_interrupt(NOTHING_SWITCHED):
            versions.publish(manifest, current)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        versions.switch(current, Switch(version, now, pushed_by(self.clients), f"rollback from {old}"))
        self.console.print(f"{self.bundle.title} has version {version} again", soft_wrap=True)
        if parsing:
            parsing.wait(version, changes, manifest.dags, self.console)

    def print_list(self, *, as_json: bool) -> None:
        """
        Print the switches of the bundle, newest first, with what each changed.

        Raises:
            BadInputError: the bucket cannot be read.

        """
        versions = Versions.open(self.bundle, self.clients)
        current = versions.current()
        history = current.pointer.history if current.pointer else ()
        names = list(dict.fromkeys(each.version for each in history))
        damaged = set()

        def manifest(version: str) -> Manifest | None:
            try:
                return versions.manifest(version)
            except DamagedError:
                damaged.add(version)
                return None

        with ThreadPoolExecutor(PARALLEL_CALLS) as pool:
            manifests = dict(zip(names, pool.map(manifest, names), strict=True))
        rows = list(switch_rows(history, manifests))
        if as_json:
            print(json.dumps(rows, indent=2))
        elif not rows:
            self.console.print(f"{self.bundle.title} has no version yet", soft_wrap=True)
        for row in () if as_json else rows:
            unusable = "damaged" if row["version"] in damaged else "removed"
            files = f"{row['files']} files" if row["files"] is not None else unusable
            dags = row["dags"]
            counts = f"DAGs +{len(dags['added'])} ~{len(dags['changed'])} -{len(dags['removed'])}" if dags else ""
            parts = ("*" if row["current"] else " ", row["version"], row["pushed_at"], f"{files:>12}", f"{counts:16}")
            line = "  ".join((*parts, row["pushed_by"], row["note"])).rstrip()
            # Another program may have written the pointer.
            print(printable(line))

    def print_diff(self, words: Sequence[str], *, as_json: bool) -> None:
        """
        Print what differs: from the current version to the local files, from one version to those, or to another one.

        Raises:
            BadInputError: a version does not exist, or the local files cannot be a version.

        """
        versions = Versions.open(self.bundle, self.clients)
        current = versions.current()
        names = [versions.named(each, current) for each in words] or [each for each in (current.version,) if each]
        manifests = [versions.existing(each) for each in names]
        before = manifests[0] if manifests else None
        if len(manifests) > 1:
            changes = _changes(before, manifests[1].files, manifests[1].dags)
        else:
            changes = self._local_changes(before, versions)
        if as_json:
            print(json.dumps(changes.as_json(), indent=2))
        elif changes:
            self._show(changes)
        else:
            self.console.print("No file differs", soft_wrap=True)

    def _local_changes(self, before: Manifest | None, versions: Versions) -> Changes:
        """Return what differs between *before* and the local files; their DAGs are found as a push finds them."""
        files = local_files(self.folder, tasks=self.tasks)
        changes = _changes(before, files, None)
        if not changes:
            return changes
        # Standard output may be JSON.
        notes = Console(stderr=True, highlight=False)
        try:
            return _changes(before, files, self._check(before, files, versions.deployed_tasks(), notes).dags)
        except (BadInputError, ModuleNotFoundError) as error:
            # The checks need packages of the extra `local`.
            notes.print(f"Which DAGs are in a changed file is not known: {error}", markup=False, soft_wrap=True)
        old_ids = before.dags if before else {}
        return _changes(
            before, files, None if old_ids is None else {path: ids for path, ids in old_ids.items() if path in files}
        )

    def _check(
        self, before: Manifest | None, files: Mapping[str, BundleFile], deployed: frozenset[str], console: Console
    ) -> Checked:
        from airflow_on_fargate.dags.checks import Checks  # noqa: PLC0415 needs packages of the extra `local`

        return Checks(
            settings=self.bundle.settings,
            bundle=self.bundle.name,
            project=self.project,
            folder=self.folder,
            tasks=self.tasks,
            deployed=deployed,
            others=dict(self._dags_of_others(console)),
            files={path: file.sha256 for path, file in files.items()},
            changes=_changes(before, files, None).files,
        ).run(console)

    def _dags_of_others(self, console: Console) -> Iterator[tuple[str, str]]:
        """Yield the ids of the DAGs in the stage's other bundles, each with its bundle, if the caller may read them."""
        settings = self.bundle.settings
        for name in s3_bundles(settings.dags):
            if name == self.bundle.name:
                continue
            try:
                versions = Versions.open(StageBundle.find(settings, name), self.clients)
                version = versions.current().version
                manifest = versions.manifest(version) if version else None
            except BadInputError:
                console.print(
                    f"The bundle {name} cannot be read: whether it has the same DAG ids is not checked", soft_wrap=True
                )
                continue
            for ids in (manifest.dags or {}).values() if manifest else ():
                yield from ((dag_id, name) for dag_id in ids)

    def _parsing(self, versions: Versions) -> Parsing | None:
        """Return what the dag-processor parses of *versions*, or None if the command does not wait."""
        if self.wait is False:
            return None
        from airflow_on_fargate.dags.parsed import Parsing  # noqa: PLC0415 as above
        from airflow_on_fargate.dags.stage_access import stage_access  # noqa: PLC0415 as above
        from airflow_on_fargate.local.airflow_api import AirflowApi  # noqa: PLC0415 as above
        from airflow_on_fargate.local.state import State  # noqa: PLC0415 as above

        try:
            access = (
                State(self.project / ".local")
                if self.clients.endpoint
                else stage_access(self.bundle.settings, self.clients)
            )
            return Parsing.before_switch(AirflowApi(access), versions)
        except BadInputError as error:
            if self.wait:
                raise
            self.console.print(
                f"Does not wait until the version is parsed: {error}. The UI shows import errors, and so does"
                f" {self.bundle.import_errors}.",
                markup=False,
                soft_wrap=True,
            )
            return None

    def _show(self, changes: Changes) -> None:
        for line in changes.lines():
            self.console.print(line, markup=False, soft_wrap=True)


def _changes(
    before: Manifest | None, files: Mapping[str, BundleFile], ids: Mapping[str, Sequence[str]] | None
) -> Changes:
    """Return the changes to *files* with the DAGs *ids*; None: these are not known."""
    return Changes.between(before.files if before else {}, files, before.dags if before else {}, ids)
