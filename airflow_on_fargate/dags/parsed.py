"""Wait until the dag-processor has parsed a version that has just become the current one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_on_fargate.dags.import_error import import_error
from airflow_on_fargate.interruption import after_interrupt
from constructs_lib.shared.bad_input import BadInputError, printable, shortened
from constructs_lib.shared.dag_version import DAGS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from rich.console import Console

    from airflow_on_fargate.dags.changes import Changes
    from airflow_on_fargate.dags.stage_bundle import StageBundle
    from airflow_on_fargate.dags.versions import Versions
    from airflow_on_fargate.local.airflow_api import AirflowApi

LIMIT_SEC = 60
"""A version is visible within seconds, unless the dag-processor starts just now or has much to parse."""
FILE_SEC = 0.3
"""More time for each file that is parsed: a module may be used by all. It takes a tenth of a second of a processor."""
SHORT_SEC = 10
PAUSE_SEC = 0.3


@dataclass(frozen=True)
class Parsing:
    """What the dag-processor parses of the changes to one of *versions*, as *api* shows it."""

    api: AirflowApi
    versions: Versions
    errors_before: AbstractSet[tuple[str, str]]

    @classmethod
    def before_switch(cls, api: AirflowApi, versions: Versions) -> Parsing:
        """
        Return it as it is before the switch, so that old import errors are not taken for new ones.

        Raises:
            BadInputError: Airflow does not answer, or refuses.

        """
        return cls(api, versions, {_key(each) for each in api.import_errors(bundle_name=versions.bundle.name)})

    @property
    def bundle(self) -> StageBundle:
        """The bundle of the version."""
        return self.versions.bundle

    def wait(
        self,
        version: str,
        changes: Changes,
        ids: Mapping[str, Sequence[str]] | None,
        console: Console,
        *,
        affected: Collection[str] | None = None,
    ) -> None:
        """
        Wait until the DAGs of the *affected* files are parsed in *version*, or cannot be imported.

        *ids* are its DAGs by file, None if they are not known. Without *affected* the changed files are waited for; if
        these have no DAG, wait a short time for a DAG whose file uses one of them. If another version has become the
        current one meanwhile, say so instead of what is missing.

        Raises:
            BadInputError: a file cannot be imported, the dag-processor has not parsed it in time, or the bucket
                cannot be read.

        """
        known = ids or {}
        paths = (*changes.files["added"], *changes.files["changed"]) if affected is None else affected
        files = {path: set(known[path]) for path in paths if known.get(path)}
        removed = set(changes.dags["removed"]) if changes.dags else set()
        if affected is not None and not files and not removed:
            console.print("No DAG is parsed again: no DAG file is known to use what has changed.", soft_wrap=True)
            return
        unknown = f"version {version} is current; whether the dag-processor has parsed it is not known"
        with after_interrupt(f"{unknown}: {self.bundle.import_errors} shows import errors"):
            self._watch(version, files, removed, console)

    def _watch(
        self, version: str, files: Mapping[str, AbstractSet[str]], removed: AbstractSet[str], console: Console
    ) -> None:
        limit_sec = LIMIT_SEC + FILE_SEC * len(files) if files or removed else SHORT_SEC
        began = time.monotonic()
        with console.status("Waiting until the dag-processor has parsed it"):
            while True:
                errors = self._new_errors()
                waiting = self._waiting(version, files, removed, {_path(each) for each in errors})
                seconds = time.monotonic() - began
                if not waiting or seconds > limit_sec:
                    break
                time.sleep(PAUSE_SEC)
        if (errors or waiting) and (now := self.versions.current().pointer) and now.version != version:
            console.print(
                f"{printable(now.history[0].pushed_by)} has replaced version {version} by {now.version} meanwhile, so"
                " this command no longer waits for it.",
                markup=False,
                soft_wrap=True,
            )
            return
        self._report_errors(version, errors, console)
        if not waiting and (files or removed):
            console.print(f"The dag-processor has parsed it after {seconds:.1f} s.")
        elif not waiting:
            console.print(f"The dag-processor has parsed the first DAG of it after {seconds:.1f} s.")
        elif files or removed:
            text = shortened(", ".join(sorted(waiting)), 100)
            msg = (
                f"version {version} is current, but the dag-processor has not parsed it within {limit_sec:.0f} s:"
                f" {text}; {self.bundle.look}"
            )
            raise BadInputError(msg)
        else:
            console.print(f"No DAG was parsed within {limit_sec} s: no DAG is known to use a changed file.")

    def _report_errors(self, version: str, errors: Sequence[Mapping[str, Any]], console: Console) -> None:
        for error in errors:
            sentence = import_error(error["filename"], error["stack_trace"])
            console.print(f"error: {sentence}", markup=False, soft_wrap=True)
        if errors:
            back = self.bundle.advised("dags rollback")
            msg = f"the stage cannot import {len(errors)} files of version {version}; to undo the push: {back}"
            raise BadInputError(msg)

    def _new_errors(self) -> list[dict[str, Any]]:
        errors = self.api.import_errors(bundle_name=self.bundle.name)
        return [each for each in errors if _key(each) not in self.errors_before]

    def _waiting(
        self, version: str, files: Mapping[str, AbstractSet[str]], removed: AbstractSet[str], broken: AbstractSet[str]
    ) -> list[str]:
        """Return the files whose DAGs are not parsed yet, and the removed DAGs that Airflow still has."""
        found: list[str] = []
        if files or not removed:
            parsed = set(self.api.dags_of(self.bundle.name, version))
            found += [path for path, ids in files.items() if path not in broken and not ids <= parsed]
            if not files and not parsed and not broken:
                found.append("a DAG")
        if removed:
            found += removed & set(self.api.dags_of(self.bundle.name))
        return found


def _path(error: Mapping[str, Any]) -> str:
    return f"{DAGS}/{error['filename']}"


def _key(error: Mapping[str, Any]) -> tuple[str, str]:
    return error["filename"], error["timestamp"]
