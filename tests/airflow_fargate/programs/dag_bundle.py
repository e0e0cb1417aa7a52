"""The DAG bundle in S3, with S3's endpoint and Airflow's variables of a worker in the environment."""

import errno
import hashlib
import multiprocessing
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import pendulum
from airflow.dag_processing.bundles.base import BundleUsageTrackingManager, BundleVersionLock, get_bundle_tracking_file
from airflow_fargate import FargateTaskOperator
from airflow_fargate.dag_bundles import prefetch as prefetch_module
from airflow_fargate.dag_bundles import s3 as s3_module
from airflow_fargate.dag_bundles import s3_objects
from airflow_fargate.dag_bundles.s3 import VersionedS3DagBundle
from airflow_fargate.dag_bundles.version_folder import deployed_file, version_in
from airflow_fargate.stage import task_settings
from botocore.exceptions import ClientError

from tests.airflow_fargate.dag_bundles.dag_bucket import BUCKET, DagBucket

DAG, OTHER_DAG, HELPER, TASK = "dags/a.py", "dags/b.py", "dags/lib/helper.py", "tasks/hello/task.toml"
FILES = {DAG: "x = 1", OTHER_DAG: "x = 1", HELPER: "y = 1", TASK: "cpu = 512\nmemory_mib = 1024\n"}
CLIENTS = 4


def bundle_of(bucket: DagBucket, version: str | None = None) -> VersionedS3DagBundle:
    """Return the bundle as Airflow creates it."""
    return VersionedS3DagBundle(name=bucket.keys.bundle, version=version, bucket=BUCKET, refresh_interval=2)


def requests_of(bundle: VersionedS3DagBundle) -> list[str]:
    """Return the list to which the names of objects that *bundle* asks for are added."""
    asked: list[str] = []
    client = bundle.objects.bucket._client
    client.meta.events.register(
        "before-parameter-build.s3.GetObject",
        lambda params, **_: asked.append(params["Key"].removeprefix(bundle.objects.keys.folder).split("/")[0]),
    )
    return asked


def cut_off(bundle: VersionedS3DagBundle) -> None:
    """Let S3 refuse the connections of *bundle*."""
    bundle.objects.bucket.__dict__["_client"] = boto3.Session("test", "test", region_name="us-east-1").client(
        "s3", endpoint_url="http://127.0.0.1:9", config=s3_objects.BOUNDED
    )


def heal(bundle: VersionedS3DagBundle) -> None:
    """Let S3 answer *bundle* again."""
    bundle.objects.bucket.__dict__.pop("_client", None)


def fault(call: Any, *arguments: object) -> str:  # noqa: ANN401 any function
    """Return the class and the sentence of the error that *call* raises."""
    try:
        call(*arguments)
    except Exception as error:  # noqa: BLE001 any error is shown
        return f"{type(error).__name__}: {error}"
    return ""


@contextmanager
def main_loop() -> Iterator[None]:
    """Be a process with a loop, such as the dag-processor."""
    with patch.dict(os.environ, {"_AIRFLOW_PROCESS_CONTEXT": "server"}):
        yield


def store(bundle: VersionedS3DagBundle) -> set[str]:
    """Return the names of the contents on the disk."""
    return {file.name for file in (bundle.base_dir / "files").iterdir()}


def follows() -> dict[str, Any]:
    """Return what the dag-processor has before the first push, and after each of some."""
    bucket = DagBucket("follows")
    bundle = bundle_of(bucket)
    with main_loop():
        bundle.initialize()
        facts: dict[str, Any] = {"before": [bundle.get_current_version(), bundle.path.is_dir(), bundle.path.name]}
        first = bucket.push(FILES, programs=(OTHER_DAG,))
        bundle.refresh()
        path = bundle.path
        facts["content"] = [(path.parent / name).read_text() == text for name, text in FILES.items()]
        facts["modes"] = [stat.S_IMODE((path / each).stat().st_mode) for each in ("a.py", "b.py")]
        facts["path"] = [version_in(path) == first, str(path.relative_to(bundle.base_dir)) == f"versions/{first}/dags"]
        asked = requests_of(bundle)
        second = bucket.push({**FILES, DAG: "x = 2"})
        bundle.refresh()
        facts["new version"] = [bundle.path.parent.name == second, (bundle.path / "a.py").read_text()]
        facts["asked for a change"] = list(asked)
        facts["first stays"] = (path / "a.py").read_text()
        facts["shared"] = (path / "lib/helper.py").samefile(bundle.path / "lib/helper.py")
        asked.clear()
        bundle.refresh()
        bucket.switch(first)
        bundle.refresh()
        facts["asked for a rollback"] = list(asked)
        facts["rolled back"] = version_in(bundle.path) == first
        current = bundle.get_current_version()
        facts["version"] = [current.version == first, current.data] if current else None
    return facts


def is_away() -> dict[str, Any]:
    """Return what becomes of each process while S3 does not answer."""
    bucket = DagBucket("away")
    version = bucket.push(FILES)
    bundle_of(bucket).initialize()
    pinned = bundle_of(bucket, version)
    cut_off(pinned)
    pinned.initialize()
    facts: dict[str, Any] = {"warm": (pinned.path / "a.py").read_text()}
    newer = bucket.push({**FILES, DAG: "x = 2"})
    followed = bundle_of(bucket)
    cut_off(followed)
    with main_loop():
        followed.refresh()
        facts["followed"] = version_in(followed.path) == version
        heal(followed)
        followed.refresh()
        facts["at once"] = version_in(followed.path) == newer
        followed._pause_until = 0
        followed.refresh()
        facts["after a pause"] = version_in(followed.path) == newer
        fresh = VersionedS3DagBundle(name="nothing", bucket=BUCKET)
        cut_off(fresh)
        facts["never seen"] = fault(fresh.initialize)
    return facts | _waits(bucket)


def _waits(bucket: DagBucket) -> dict[str, Any]:
    """Return what becomes of tasks that need a version while S3 does not answer."""
    facts: dict[str, Any] = {}
    cold = bucket.write({**FILES, DAG: "x = 3"})
    waiting = bundle_of(bucket, cold)
    cut_off(waiting)
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            heal(waiting)

    with patch("time.sleep", pause):
        waiting.initialize()
    facts["cold"] = [(waiting.path / "a.py").read_text(), len(pauses) >= 3]
    refused = bundle_of(bucket, bucket.write({**FILES, DAG: "x = 5"}))
    get_object = refused.objects.bucket._client.get_object
    answers: list[Any] = [ClientError({"Error": {}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "GetObject")]  # type: ignore[typeddict-item] # a part of it

    def busy(**arguments: Any) -> Any:  # noqa: ANN401 boto3's
        if answers:
            raise answers.pop()
        return get_object(**arguments)

    with patch.object(refused.objects.bucket._client, "get_object", busy), patch("time.sleep", pauses.append):
        refused.initialize()
    facts["busy"] = (refused.path / "a.py").read_text()
    lost = bundle_of(bucket, bucket.write({**FILES, DAG: "x = 4"}))
    cut_off(lost)
    with patch.object(s3_objects, "PATIENCE_SEC", 1), patch("time.sleep", pauses.append):
        facts["for too long"] = fault(lost.initialize)
    return facts


def is_damaged() -> dict[str, Any]:
    """Return what becomes of objects that are missing or damaged."""
    bucket = DagBucket("damaged")
    good = bucket.push(FILES)
    bundle = bundle_of(bucket)
    bundle.initialize()
    facts: dict[str, Any] = {}
    logged: list[str] = []
    with patch.object(s3_module.log, "warning", lambda text, *values: logged.append(text % values)):
        packs = bucket.names()
        bad = bucket.push({**FILES, DAG: "bad"})
        (pack,) = bucket.names() - packs - {f"versions/{bad}.json"}
        whole = bucket.get(bucket.keys.folder + pack)
        bucket.put(bucket.keys.folder + pack, whole[:-9])
        bundle.refresh()
        bundle.refresh()
        facts["damaged pack"] = [version_in(bundle.path) == good, *logged]
        facts["nothing half"] = sorted(each.name for each in bundle.versions_dir.iterdir()) == [good]
        bucket.put(bucket.keys.folder + pack, whole)
        bundle.refresh()
        facts["mended"] = [version_in(bundle.path) == bad, logged[-1]]
        bucket.put(bucket.keys.current, b"{")
        logged.clear()
        bundle.refresh()
        facts["damaged pointer"] = [version_in(bundle.path) == bad, *logged]
    missing = bucket.write({**FILES, DAG: "missing"})
    manifest = bucket.get(bucket.keys.manifest(missing))
    bucket.delete(bucket.keys.manifest(missing))
    facts["missing"] = fault(bundle_of(bucket, missing).initialize)
    bucket.put(bucket.keys.manifest("0" * 20), manifest)
    facts["another's manifest"] = fault(bundle_of(bucket, "0" * 20).initialize)
    facts["no version"] = fault(bundle_of(bucket, "../../x").initialize)
    facts["refresh"] = fault(bundle_of(bucket, good).refresh)
    bucket.put(bucket.keys.manifest(missing), manifest)
    downloads = []
    pinned = bundle_of(bucket, missing)
    download = pinned.objects.download

    def cut_once(name: str, file: Path) -> None:
        downloads.append(name)
        download(name, file)
        if len(downloads) == 1:
            file.write_bytes(file.read_bytes()[:-9])

    with patch.object(pinned.objects, "download", cut_once):
        pinned.initialize()
    facts["cut once"] = [(pinned.path / "a.py").read_text(), len(downloads)]
    return facts


def is_cold() -> dict[str, Any]:
    """Return what becomes of a dag-processor with an empty disk while the current version cannot be read."""
    bucket = DagBucket("cold")
    version = bucket.push(FILES)
    pointer, (pack,) = bucket.get(bucket.keys.current), bucket.names() - {"current.json", f"versions/{version}.json"}
    content = bucket.get(bucket.keys.folder + pack)
    bundle = bundle_of(bucket)
    asked = requests_of(bundle)
    facts: dict[str, Any] = {}
    with main_loop():
        bucket.delete(bucket.keys.folder + pack)
        facts["pack"] = [fault(bundle.initialize), fault(bundle.initialize)]
        facts["asked"] = list(asked)
        bucket.put(bucket.keys.folder + pack, content)
        bucket.put(bucket.keys.current, b"{")
        bundle._pause_until = 0
        facts["pointer"] = fault(bundle.initialize)
        bucket.put(bucket.keys.current, pointer)
        bundle._pause_until = 0
        client = bundle.objects.bucket._client
        with patch.object(client, "get_object", partial(_refused, "InvalidAccessKeyId")):
            facts["keys"] = fault(bundle.initialize)
        bundle._pause_until = 0
        with patch.object(client, "get_object", partial(_refused, "AccessDenied")):
            bundle.initialize()
            facts["nothing pushed"] = [bundle.get_current_version(), bundle.path.is_dir()]
        bundle.refresh()
        facts["healed"] = version_in(bundle.path) == version
    return facts


def _refused(code: str, **arguments: Any) -> None:  # noqa: ANN401 boto3's
    raise ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 403}}, str(arguments))  # type: ignore[typeddict-item] # a part of it


def _initialize(name: str, version: str, queue: Any) -> None:  # noqa: ANN401 multiprocessing has no class for it
    bundle = VersionedS3DagBundle(name=name, version=version, bucket=BUCKET)
    asked = requests_of(bundle)
    bundle.initialize()
    queue.put([asked, (bundle.path / "a.py").read_text()])


def _built_meanwhile(bucket: DagBucket) -> list[str]:
    """Return the requests of a process that waits for the lock while another builds the version."""
    version = bucket.write({**FILES, DAG: "meanwhile"})
    waiting = bundle_of(bucket, version)
    asked = requests_of(waiting)

    @contextmanager
    def lock() -> Iterator[None]:
        bundle_of(bucket, version).initialize()
        yield

    with patch.object(waiting, "lock", lock):
        waiting.initialize()
    return asked


def is_shared() -> dict[str, Any]:
    """Return what processes that need one version at the same time do, and what the disk keeps of versions."""
    bucket = DagBucket("shared")
    version = bucket.push(FILES)
    start = multiprocessing.get_context("fork")
    queue = start.Queue()
    target = partial(_initialize, bucket.keys.bundle, version, queue)
    processes = [start.Process(target=target) for _ in range(CLIENTS)]
    bundle = bundle_of(bucket, version)
    # Of a process that was killed.
    (bundle.base_dir / "building" / version).mkdir(parents=True)
    for each in processes:
        each.start()
    found = [queue.get(timeout=30) for _ in processes]
    facts: dict[str, Any] = {
        "requests": sorted(asked for requests, _ in found for asked in requests),
        "contents": [text for _, text in found],
        "left over": sorted(each.name for each in bundle.base_dir.iterdir()),
    }
    facts["built meanwhile"] = _built_meanwhile(bucket)
    used = bundle_of(bucket, version)
    used.initialize()
    # A later task of the version, as Airflow runs it.
    with BundleVersionLock(bucket.keys.bundle, version):  # type: ignore[no-untyped-call] # Airflow's own has no types
        pass
    followed = bundle_of(bucket)
    others = []
    for number in range(3):
        others.append(bucket.push({**FILES, DAG: f"x = {number}0"}))
        followed.refresh()
    for used_version in (version, *others):
        # As if it had been used long ago.
        file = get_bundle_tracking_file(bucket.keys.bundle, used_version)
        file.write_text(pendulum.now("UTC").subtract(days=1).isoformat())
    clean = BundleUsageTrackingManager()._remove_stale_bundle_versions_for_bundle
    clean(bucket.keys.bundle)
    facts["kept"] = [bundle_of(bucket, each)._store.has(each) for each in (version, *others)]
    before = len(store(followed))
    bucket.push({**FILES, DAG: "x = 99"})
    followed.refresh()
    facts["contents on the disk"] = [before, len(store(followed))]
    file = followed.base_dir / "files" / hashlib.sha256(FILES[HELPER].encode()).hexdigest()
    file.chmod(0o644)
    file.write_text("changed by a task")
    bucket.push({**FILES, DAG: "x = 100"})
    followed.refresh()
    facts["never a changed file"] = [(followed.path.parent / name).read_text() for name in (HELPER, TASK)]
    return facts


def cannot_be_built() -> dict[str, Any]:
    """Return what is left of a version that cannot be built, and what becomes of the cleanup of the disk."""
    bucket = DagBucket("unbuilt")
    old = bucket.write(FILES)
    packs = bucket.names()
    lost = bucket.write({**FILES, DAG: "lost"})
    (pack,) = bucket.names() - packs - {f"versions/{lost}.json"}
    bundle_of(bucket, old).initialize()
    bucket.delete(bucket.keys.folder + pack)
    facts: dict[str, Any] = {"fault": fault(bundle_of(bucket, lost).initialize)}
    for days, version in enumerate((lost, old), start=1):
        file = get_bundle_tracking_file(bucket.keys.bundle, version)
        facts[f"tracks {days}"] = file.exists()
        if file.exists():
            file.write_text(pendulum.now("UTC").subtract(days=days).isoformat())
    facts["cleanup"] = fault(BundleUsageTrackingManager()._remove_stale_bundle_versions_for_bundle, bucket.keys.bundle)
    facts["old is there"] = bundle_of(bucket, old)._store.has(old)
    return facts


def is_out_of_links() -> dict[str, Any]:
    """Return what becomes of a version whose files can have no more links, and of other errors of a link."""
    bucket = DagBucket("links")
    versions = [bucket.write({**FILES, DAG: f"x = {number}"}) for number in range(2)]
    facts: dict[str, Any] = {}
    for code, version in zip((errno.EMLINK, errno.ENOSPC), versions, strict=True):
        bundle = bundle_of(bucket, version)
        with patch("os.link", side_effect=OSError(code, os.strerror(code))):
            facts[errno.errorcode[code]] = fault(bundle.initialize)
        if bundle.path.is_dir():
            file = bundle.path / "lib/helper.py"
            facts["file"] = [file.read_text() == FILES[HELPER], stat.S_IMODE(file.stat().st_mode)]
    return facts


def has_pages() -> list[str | None]:
    """Return the addresses of the pages about a version: on AWS, elsewhere, and as configured."""
    bundle = VersionedS3DagBundle(name="etl", bucket=BUCKET, prefix="team/dags")
    own = VersionedS3DagBundle(name="etl", bucket=BUCKET, view_url_template="https://example.org/{version}")
    elsewhere = bundle.view_url_template()
    with patch.dict(os.environ, AWS_REGION="eu-central-1"):
        del os.environ["AWS_ENDPOINT_URL"]
        return [bundle.view_url_template(), elsewhere, own.view_url_template()]


def is_prefetched() -> list[bool]:
    """Return whether a worker has the second of its bundles before it accepts tasks, if the first one fails."""
    bucket = DagBucket("second")
    version = bucket.push(FILES)
    initialize = VersionedS3DagBundle.initialize

    def failing(self: VersionedS3DagBundle) -> None:
        if self.name == "first":
            raise s3_objects.S3AwayError
        initialize(self)

    facts = []
    for limit_sec in (0, prefetch_module.LIMIT_SEC):
        with (
            patch.object(VersionedS3DagBundle, "initialize", failing),
            patch.object(prefetch_module, "LIMIT_SEC", limit_sec),
        ):
            prefetch_module.prefetch()
        facts.append(bundle_of(bucket, version)._store.has(version))
    return facts


def catalogue() -> list[Any]:
    """Return what a DAG of a version finds in `tasks/`, before and after a deployment."""
    bucket = DagBucket("tasks")
    bucket.push(FILES)
    bundle = bundle_of(bucket)
    bundle.initialize()
    facts: list[Any] = [fault(task_settings, "hello")]
    sys.path.append(str(bundle.path))
    facts.append(task_settings("hello"))
    facts.append(fault(task_settings, "helo"))
    deployed_file(bundle.path).write_text('{"tasks": {}}')
    facts.append(fault(task_settings, "hello"))
    facts.append(fault(partial(FargateTaskOperator.partial, task_id="a", task="hello")))
    deployed_file(bundle.path).write_text('{"tasks": {"hello": {}}}')
    return [*facts, task_settings("hello")]


def facts() -> dict[str, Any]:
    """Return what all of them return, by name; the last one changes `sys.path`."""
    functions = (
        follows,
        is_away,
        is_cold,
        is_damaged,
        is_shared,
        cannot_be_built,
        is_out_of_links,
        has_pages,
        is_prefetched,
        catalogue,
    )
    return {each.__name__: each() for each in functions}
