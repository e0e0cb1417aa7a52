"""The removal of old versions of a DAG bundle, with the endpoints of S3 and a database in the environment."""

import json
import os
import threading
import time
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from airflow.models import import_all_models
from airflow.models.base import Base
from airflow.models.dag import DagModel
from airflow.models.dag_version import DagVersion
from airflow.models.dagbundle import DagBundleModel
from airflow.settings import engine
from airflow.utils.session import create_session
from airflow_fargate import dag_retention
from airflow_fargate.dag_retention import Retention, needed_versions, start_retention
from botocore.exceptions import BotoCoreError
from sqlalchemy import text

from tests.airflow_fargate.dag_bundles.dag_bucket import BUCKET, DagBucket

DAG = "dags/a.py"
NONE: AbstractSet[str] = frozenset()
RUN = text(
    "INSERT INTO dag_run (dag_id, run_id, run_type, run_after, state, bundle_version)"
    " VALUES (:dag, :version, 'manual', now(), :state, :version)"
)
RUNS = (
    ("d", "running", "running"),
    ("d", "queued", "queued"),
    ("d", "success", "over"),
    ("e", "running", "of another"),
)


def needed() -> list[str]:
    """Return the versions that the database says are needed."""
    import_all_models()  # type: ignore[no-untyped-call] # Airflow's own has no types
    Base.metadata.create_all(engine)
    with create_session() as session:
        session.add_all(DagBundleModel(name=name, version=f"seen of {name}") for name in ("etl", "other"))
        session.flush()
        for dag_id, bundle in (("d", "etl"), ("e", "other")):
            session.add(DagModel(dag_id=dag_id, bundle_name=bundle, bundle_version=f"parsed of {bundle}"))  # type: ignore[no-untyped-call] # as above
        session.flush()
        for number, version in enumerate(("older", "latest")):
            session.add(DagVersion(dag_id="d", version_number=number, bundle_name="etl", bundle_version=version))
        for dag, state, version in RUNS:
            session.execute(RUN, {"dag": dag, "state": state, "version": version})
    return sorted(needed_versions("etl"))


class Bundle:
    """A bundle with versions, each with a file of its own."""

    def __init__(self, name: str, count: int) -> None:
        self.bucket = DagBucket(name)
        self.versions = [self.bucket.push({DAG: str(number), "dags/b.py": "same"}) for number in range(count)]

    def retention(self, keep_versions: int, keep_days: int = -1, needed: AbstractSet[str] = NONE) -> Retention:
        """Return its retention; with a negative number of days a version is old at once."""
        return Retention(
            *(self.bucket.keys.bundle,),
            bucket=BUCKET,
            prefix="dags",
            keep_versions=keep_versions,
            keep_days=keep_days,
            needed=lambda _: needed,
        )

    def kept(self) -> list[int]:
        """Return the numbers of the versions that are there."""
        names = self.bucket.names()
        return [number for number, version in enumerate(self.versions) if f"versions/{version}.json" in names]

    def packs(self) -> int:
        """Return the number of packs."""
        return sum(name.startswith("packs/") for name in self.bucket.names())


def removed() -> dict[str, Any]:
    """Return what stays of some bundles."""
    few = Bundle("few", 5)
    few.retention(keep_versions=1, keep_days=1).remove()
    facts: dict[str, Any] = {"young": few.kept()}
    few.retention(keep_versions=5).remove()
    facts["few"] = few.kept()
    bundle = Bundle("many", 5)
    # S3's clock has whole seconds.
    time.sleep(1.1)
    bundle.bucket.switch(bundle.versions[2])
    retention = bundle.retention(keep_versions=1, needed={bundle.versions[0]})
    retention.remove()
    facts["many"] = bundle.kept()
    with patch.object(dag_retention, "PACK_AGE", timedelta(days=-1)):
        facts["packs"] = [bundle.packs()]
        for _ in range(3):
            retention.remove()
            facts["packs"].append(bundle.packs())
    bundle.bucket.put(bundle.bucket.keys.current, b"{")
    before = bundle.bucket.names()
    try:
        retention.remove()
    except Exception as error:  # noqa: BLE001 any error is shown
        facts["damaged"] = [type(error).__name__, before == bundle.bucket.names()]
    facts["nothing"] = Retention(
        "none", bucket=BUCKET, prefix="dags", keep_versions=1, keep_days=1, needed=lambda _: NONE
    ).remove()
    return facts


def raced() -> list[Any]:
    """Return what stays if an old version becomes current, and an old pack is written, after both were found."""
    bundle = Bundle("raced", 4)
    bucket, old = bundle.bucket, bundle.versions[1]
    with patch.object(dag_retention, "PACK_AGE", timedelta(days=-1)):
        retention = bundle.retention(keep_versions=0, needed={old})
        retention.remove()
        [pack] = bucket.packs_of({DAG: "2"})

        def roll_back(_: str) -> AbstractSet[str]:
            for key in (bucket.keys.pack(pack), bucket.keys.manifest(old)):
                bucket.put(key, bucket.get(key))
            bucket.switch(old)
            return NONE

        time.sleep(1.1)
        with patch.object(retention, "_needed", roll_back):
            retention.remove()
    return [bundle.kept(), f"packs/{pack}.tar.gz" in bucket.names()]


def repaired() -> list[bool]:
    """Return which packs stay of a version that a push has written with another pack after a round."""
    bundle = Bundle("repaired", 2)
    retention = bundle.retention(keep_versions=2)
    with patch.object(dag_retention, "PACK_AGE", timedelta(days=-1)):
        retention.remove()
        time.sleep(1.1)
        other = DagBucket("repaired")
        files = {DAG: "1", "dags/b.py": "same"}
        assert other.push(files) == bundle.versions[1]
        for _ in range(2):
            retention.remove()
    return [f"packs/{pack}.tar.gz" in other.names() for pack in other.packs_of(files)]


def runs() -> dict[str, Any]:
    """Return what the thread logs, when the first of two rounds fails, and whether there is one without bundles."""
    logged: list[str] = []
    turns = threading.Semaphore(0)
    answers: list[Any] = [BotoCoreError(), ["a key"], []]

    def remove(_self: Retention) -> list[str]:
        turns.release()
        answer = answers.pop(0) if answers else []
        if isinstance(answer, Exception):
            raise answer
        return list(answer)

    settings = {"bucket": BUCKET, "prefix": "dags", "keep_versions": 1, "keep_days": 1}
    start_retention({})
    facts: dict[str, Any] = {"without bundles": threading.active_count()}
    with (
        patch.multiple(dag_retention, FIRST_SEC=0, ROUND_SEC=0.01),
        patch.object(Retention, "remove", remove),
        patch.object(dag_retention.log, "info", lambda text, *values: logged.append(text % values)),
        patch.object(dag_retention.log, "warning", lambda text, *values: logged.append(text % values)),
    ):
        start_retention({**os.environ, dag_retention.VARIABLE: json.dumps({"etl": settings})})
        for _ in range(4):
            assert turns.acquire(timeout=10)
    return {**facts, "logged": logged}


def facts() -> dict[str, Any]:
    """Return what all of them return, by name."""
    return {each.__name__: each() for each in (needed, removed, raced, repaired, runs)}
