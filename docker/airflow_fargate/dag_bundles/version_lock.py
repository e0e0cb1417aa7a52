"""A version that stays on the disk while it is used."""

from collections.abc import Callable

from airflow.dag_processing.bundles.base import BaseDagBundle, BundleVersionLock


def use_version(bundle: BaseDagBundle, version: str, provide: Callable[[str], None]) -> BundleVersionLock:
    """
    Keep *version* of *bundle* on the disk while the returned lock exists; *provide* writes it unless it is there.

    Airflow's cleanup of old versions fails for good at a version that has the file of a lock, but no folder. So the
    version is there before its lock: if *provide* fails, or the process is killed, there is no such file.
    """
    provide(version)
    lock = BundleVersionLock(bundle.name, version)  # type: ignore[no-untyped-call] # Airflow's own has no types
    lock.acquire()  # type: ignore[no-untyped-call] # as above
    # Airflow may have removed it before the lock.
    provide(version)
    return lock
