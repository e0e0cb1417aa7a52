"""The current versions of all bundles, on a worker's disk before it accepts tasks."""

import logging
import time

from airflow.dag_processing.bundles.manager import DagBundlesManager

log = logging.getLogger(__name__)

LIMIT_SEC = 60
"""After a failure and this time no more bundles are tried; each task gets what it needs itself."""


def prefetch() -> None:
    """Prepare the current version of each versioned bundle. If one fails, the worker starts without it."""
    began = time.monotonic()
    manager = DagBundlesManager()  # type: ignore[no-untyped-call] # Airflow's own has no types
    for bundle in manager.get_all_dag_bundles():
        if bundle.supports_versioning:
            try:
                bundle.initialize()
            except Exception as error:  # noqa: BLE001 the task that needs the version reports it
                log.warning("Bundle %s is not prepared: %s", bundle.name, error)
                if time.monotonic() - began > LIMIT_SEC:
                    return
