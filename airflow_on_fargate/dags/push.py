"""Push a version of a bundle: what is new of it, its manifest, and then the pointer, which makes it visible at once."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from airflow_on_fargate.dags.local_files import source
from airflow_on_fargate.interruption import after_interrupt
from constructs_lib.shared.dag_manifest import Manifest, Switch
from constructs_lib.shared.dag_pack import write_pack
from constructs_lib.shared.dag_version import MAX_PACKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from airflow_on_fargate.dags.versions import Current, Versions
    from constructs_lib.shared.dag_version import BundleFile

Files = Mapping[str, "BundleFile"]
NOTHING_SWITCHED = "nothing was switched: the bundle has the version that it had"
"""What is said after Ctrl-C before the switch."""


@dataclass(frozen=True, kw_only=True)
class Push:
    """A push of *files* of *folder* and *tasks*, in which the checks have found *dags*; None: nothing was checked."""

    versions: Versions
    current: Current
    files: Files
    folder: Path
    tasks: Path
    dags: Mapping[str, Sequence[str]] | None
    pushed_by: str
    source: str
    note: str

    def run(self, version: str, before: Manifest | None, console: Console) -> Switch:
        """
        Upload what is new compared with *before*, the current version, and switch to *version*, which the files are.

        Raises:
            BadInputError: a file has changed meanwhile, somebody else has pushed, or the bucket cannot be written.

        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with after_interrupt(NOTHING_SWITCHED):
            # A version that was there before has its packs, unless somebody has removed or damaged something.
            manifest = self.versions.undamaged(version)
            if not manifest or self.versions.missing_packs(manifest):
                manifest = self._upload(before, now, console)
            # Again even if it exists: the retention goes by its age.
            self.versions.publish(manifest, self.current)
        switch = Switch(version, now, self.pushed_by, self.note)
        self.versions.switch(self.current, switch)
        return switch

    def _upload(self, before: Manifest | None, now: str, console: Console) -> Manifest:
        missing = self.versions.missing_packs(before) if before else ()
        known = {file.sha256: file.pack for file in before.files.values() if file.pack not in missing} if before else {}
        packs = {known[file.sha256] for file in self.files.values() if file.sha256 in known}
        if len(packs) >= MAX_PACKS:
            known = {}
        new = {
            file.sha256: source(path, self.folder, tasks=self.tasks)
            for path, file in self.files.items()
            if file.sha256 not in known
        }
        if new:
            with tempfile.TemporaryDirectory(prefix="dags-push-") as temporary:
                pack = Path(temporary, "pack")
                with console.status(f"Packing {len(new)} files"):
                    sha256 = write_pack(new, pack)
                self._upload_pack(sha256, pack, console)
            known |= dict.fromkeys(new, sha256)
        files = {path: replace(file, pack=known[file.sha256]) for path, file in self.files.items()}
        return Manifest(files, pushed_at=now, pushed_by=self.pushed_by, source=self.source, dags=self.dags)

    def _upload_pack(self, sha256: str, pack: Path, console: Console) -> None:
        columns = (TextColumn("Uploading"), BarColumn(), DownloadColumn())
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            bar = progress.add_task("", total=pack.stat().st_size)
            key = self.versions.keys.pack(sha256)
            self.versions.bucket.upload(key, pack, lambda sent: progress.advance(bar, sent))
