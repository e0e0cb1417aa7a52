"""The faults of DAGs in a bundle, while versions change."""

from functools import partial
from pathlib import Path

from benchmarks.reliability import bundle_breaking as breaking
from benchmarks.reliability.breaking import AWAY_SEC, nothing
from benchmarks.reliability.fault import Fault
from constructs_lib.settings.processes import DAG_PROCESSOR

SKEW_SEC = 3600
MEGABYTES = 200

BUNDLE_STAGES = Path(__file__).with_name("bundle_stages.py").read_text(encoding="utf-8")
"""The stages.py of the stack."""

BUNDLE_FAULTS = (
    Fault(
        key="bundle-changed",
        what="a version is pushed while a run is active, for comparison",
        happen=breaking.push,
    ),
    Fault(
        key="bundle-worker-killed",
        what="a version is pushed, then `kill -9` of the worker: the new worker needs the old version",
        happen=breaking.push_and_kill_worker,
        retries=4,
    ),
    Fault(
        key="bundle-s3-away-parsing",
        what=f"S3 away for {AWAY_SEC} s when a version has been pushed",
        happen=breaking.push_and_lose_s3,
        problem=breaking.not_refused,
    ),
    Fault(
        key="bundle-s3-away-starting",
        what=f"S3 away for {AWAY_SEC} s while tasks start on a worker that does not have their version",
        around=breaking.s3_away_for_new_version,
        happen=nothing,
        problem=breaking.not_refused,
    ),
    Fault(
        key="bundle-push-killed",
        what="a push killed after its upload and before the switch",
        happen=breaking.kill_push,
    ),
    Fault(key="bundle-two-pushes", what="two pushes at once", happen=breaking.push_twice_at_once),
    Fault(
        key="bundle-import-error",
        what="a version with an import error, then a rollback",
        happen=breaking.push_import_error,
    ),
    Fault(
        key="bundle-version-removed",
        what="the manifest and the packs of a version removed by hand while its run is active",
        happen=breaking.remove_version,
    ),
    *(
        Fault(
            key=f"bundle-clock-{word}",
            what=f"a push by a machine whose clock is an hour {word}",
            happen=partial(breaking.push_with_skew, seconds=seconds),
        )
        for word, seconds in (("fast", SKEW_SEC), ("slow", -SKEW_SEC))
    ),
    Fault(
        key="bundle-large",
        what=f"a version of {MEGABYTES} MB",
        happen=partial(breaking.push_large, megabytes=MEGABYTES),
    ),
    Fault(
        key="bundle-file-deleted",
        what="the DAG's file deleted while its run is active, and restored 30 s later",
        happen=breaking.delete_file,
    ),
    Fault(
        key="bundle-processor-killed",
        what=f"`kill -9` of the {DAG_PROCESSOR.name} during a switch",
        happen=breaking.push_and_kill_processor,
    ),
)
