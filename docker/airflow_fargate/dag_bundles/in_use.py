"""
Keep a version of a bundle on the disk while a process uses it.

Airflow removes versions that no process has locked and that were not used for [dag_processor]
`stale_bundle_cleanup_age_threshold` seconds, except the last `stale_bundle_cleanup_min_versions`. Airflow 3.3.2 locks
the file that has the time of the last use, and replaces this file at each use. The locks of processes that started
earlier are then on a file that has no name any more, and the version of a long task is removed while it runs.
"""

from pathlib import Path

import pendulum
from airflow.dag_processing.bundles.base import BundleVersionLock


def keep_locks() -> None:
    """Write the time of the last use into the file that is locked, in all processes that are forked from this one."""
    BundleVersionLock._update_version_file = _write_time  # type: ignore[method-assign] # noqa: SLF001 see above


def _write_time(self: BundleVersionLock) -> None:
    file = Path(str(self.lock_file_path))
    file.parent.mkdir(parents=True, exist_ok=True)
    # A reader that sees a part of it takes the file for one without a time, and leaves the version alone.
    file.write_text(pendulum.now(tz=pendulum.UTC).isoformat(), encoding="utf-8")
