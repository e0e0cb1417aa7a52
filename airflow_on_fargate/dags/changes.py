"""What differs between two versions: files, and the DAGs in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from constructs_lib.shared.dag_version import BundleFile

SHOWN = 20
"""The maximum number of lines of each kind; `--json` has all."""


@dataclass(frozen=True)
class Changes:
    """
    The paths of files that were added, changed and removed, and the same of the ids of DAGs.

    `dags` is None if the DAGs of a version are not known, because nothing has checked it.
    """

    files: Mapping[str, Sequence[str]]
    dags: Mapping[str, Sequence[str]] | None

    @classmethod
    def between(
        cls,
        old: Mapping[str, BundleFile],
        new: Mapping[str, BundleFile],
        old_ids: Mapping[str, Sequence[str]] | None,
        new_ids: Mapping[str, Sequence[str]] | None,
    ) -> Changes:
        """
        Return the changes from *old* to *new* files, with the ids of the DAGs in each file, None if not known.

        A DAG has changed if its own file has; the files that it imports do not count.
        """
        added = sorted(new.keys() - old.keys())
        removed = sorted(old.keys() - new.keys())
        changed = sorted(path for path in old.keys() & new.keys() if _content(old[path]) != _content(new[path]))
        files = {"added": added, "changed": changed, "removed": removed}
        if new_ids is None:
            return cls(files, None)
        if old_ids is None:
            # What the files of the old version that still exist had then is not known; it is taken to be the same.
            old_ids = {path: ids for path, ids in new_ids.items() if path in old}
        before, after = _all(old_ids), _all(new_ids)
        return cls(
            files,
            {
                "added": sorted(after - before),
                "changed": sorted(_all({path: new_ids.get(path, ()) for path in changed}) & before),
                "removed": sorted(before - after),
            },
        )

    def __bool__(self) -> bool:
        """Whether a file has changed."""
        return any(self.files.values())

    def lines(self) -> Iterator[str]:
        """Yield a line for each DAG and each file; of many only the first."""
        for title, parts in (("DAG ", self.dags or {}), ("", self.files)):
            for kind, sign in SIGNS.items():
                found = parts.get(kind, ())
                yield from (f"  {sign} {title}{each}" for each in found[:SHOWN])
                if len(found) > SHOWN:
                    yield f"  {sign} {len(found) - SHOWN} more {'DAGs' if title else 'files'}"

    def as_json(self) -> dict[str, Any]:
        """Return all as JSON has it."""
        return {"files": dict(self.files), "dags": None if self.dags is None else dict(self.dags)}


SIGNS = {"added": "+", "changed": "~", "removed": "-"}


def _content(file: BundleFile) -> tuple[str, str]:
    return file.sha256, file.mode


def _all(ids: Mapping[str, Iterable[str]]) -> set[str]:
    return {dag_id for each in ids.values() for dag_id in each}
