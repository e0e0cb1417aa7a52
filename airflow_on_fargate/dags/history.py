"""The switches of a bundle as a list shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_on_fargate.dags.changes import Changes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from constructs_lib.shared.dag_manifest import Manifest, Switch
    from constructs_lib.shared.dag_version import BundleFile


def switch_rows(history: Sequence[Switch], manifests: Mapping[str, Manifest | None]) -> Iterator[dict[str, Any]]:
    """Yield a row for each switch of *history*, newest first; *manifests* has None for a removed version."""
    nothing: Mapping[str, BundleFile] = {}
    for number, switch in enumerate(history):
        manifest = manifests[switch.version]
        older = history[number + 1].version if number + 1 < len(history) else None
        before = manifests[older] if older else None
        # What the oldest switch has changed, and one after a removed version, is not known.
        known = manifest and (before or older is None)
        changes = (
            known
            and manifest
            and Changes.between(
                before.files if before else nothing, manifest.files, before.dags if before else {}, manifest.dags
            )
        )
        yield {
            "version": switch.version,
            "current": number == 0,
            "pushed_at": switch.pushed_at,
            "pushed_by": switch.pushed_by,
            "note": switch.note,
            "source": manifest.source if manifest else None,
            "files": len(manifest.files) if manifest else None,
            "dags": changes.as_json()["dags"] if changes else None,
        }
