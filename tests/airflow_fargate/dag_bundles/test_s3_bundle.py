"""Promises of a DAG bundle in S3, with moto for S3 and Airflow's own pieces."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from tests.airflow_fargate.container import called, task_starter

BUNDLE = "airflow_fargate.dag_bundles.s3.VersionedS3DagBundle"
DAMAGED = "is damaged: its SHA-256 is"
SETTINGS = {"capacity": "FARGATE", "cpu": 512, "memory_mib": 1024}


@pytest.fixture(name="s3", scope="module")
def _s3() -> Iterator[dict[str, str]]:
    """Run an S3, and return the variables that lead to it."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    yield keys | {"AWS_ENDPOINT_URL": f"http://{host}:{port}"}
    server.stop()


@pytest.fixture(name="facts", scope="module")
def _facts(s3: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what a process with bundles finds."""
    home = tmp_path_factory.mktemp("airflow")
    bundles = [
        {"name": name, "classpath": BUNDLE, "kwargs": {"bucket": "dags-of-tests"}} for name in ("first", "second")
    ]
    found: dict[str, Any] = called(
        "dag_bundle.facts",
        **task_starter(home),
        **s3,
        AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST=json.dumps(bundles),
        AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH=str(home / "storage"),
        # Only the versions in use stay.
        AIRFLOW__DAG_PROCESSOR__STALE_BUNDLE_CLEANUP_MIN_VERSIONS="0",
    )
    return found


@pytest.fixture(name="follows")
def _follows(facts: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = facts["follows"]
    return found


@pytest.fixture(name="away")
def _away(facts: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = facts["is_away"]
    return found


@pytest.fixture(name="damaged")
def _damaged(facts: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = facts["is_damaged"]
    return found


@pytest.fixture(name="shared")
def _shared(facts: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = facts["is_shared"]
    return found


def test_bundle_without_a_push_is_empty(follows: dict[str, Any]) -> None:
    """Before the first push the bundle has no version, and an empty folder of DAGs."""
    assert follows["before"] == [None, True, "dags"]


def test_version_has_its_files(follows: dict[str, Any]) -> None:
    """A version is a folder of its own with all files, which are read-only, and executable if they were."""
    assert follows["content"] == [True] * 4
    assert follows["modes"] == [0o444, 0o555]
    assert follows["path"] == [True, True]
    assert follows["version"] == [True, None]


def test_new_version_leaves_the_old_one_alone(follows: dict[str, Any]) -> None:
    """A new version is another folder, which shares the unchanged files; the old one does not change."""
    assert follows["new version"] == [True, "x = 2"]
    assert follows["first stays"] == "x = 1"
    assert follows["shared"] is True


def test_only_what_is_new_is_downloaded(follows: dict[str, Any]) -> None:
    """A change is one request each for pointer, manifest and pack; without one, or for a rollback, only the pointer."""
    assert follows["asked for a change"] == ["current.json", "versions", "packs"]
    assert follows["asked for a rollback"] == ["current.json", "current.json"]
    assert follows["rolled back"] is True


def test_version_on_the_disk_needs_no_s3(away: dict[str, Any]) -> None:
    """A task whose version is on the disk starts while S3 does not answer."""
    assert away["warm"] == "x = 1"


def test_dag_processor_keeps_its_version_while_s3_is_away(away: dict[str, Any]) -> None:
    """The dag-processor does not wait for S3, keeps its version, and looks again after a pause."""
    assert (away["followed"], away["at once"], away["after a pause"]) == (True, False, True)


def test_dag_processor_without_a_version_reports_s3(away: dict[str, Any]) -> None:
    """A dag-processor with an empty disk reports that S3 does not answer, without waiting."""
    assert away["never seen"].startswith(
        "S3AwayError: S3 does not answer: s3://dags-of-tests/dags/nothing/current.json"
    )


def test_dag_processor_without_a_version_reports_what_is_wrong(facts: dict[str, Any]) -> None:
    """With an empty disk, a version that cannot be read is an error and no empty folder; it is read when it can be."""
    cold = facts["is_cold"]
    first, second = cold["pack"]
    assert first == second
    assert first.startswith("MissingObjectError: s3://dags-of-tests/dags/cold/packs/")
    # The second time it waits.
    assert cold["asked"] == ["current.json", "versions", "packs"]
    assert "current.json is damaged: it is not JSON" in cold["pointer"]
    assert "may not be read (InvalidAccessKeyId)" in cold["keys"]
    # S3 also answers so before the first push.
    assert cold["nothing pushed"] == [None, True]
    assert cold["healed"] is True


def test_task_waits_for_s3(away: dict[str, Any]) -> None:
    """A task whose version is not on the disk tries again until S3 answers, and fails after two minutes."""
    assert away["cold"] == ["x = 3", True]
    assert away["busy"] == "x = 5"
    assert away["for too long"].startswith("S3AwayError: S3 does not answer")


def test_damaged_version_never_becomes_visible(damaged: dict[str, Any]) -> None:
    """A version with a damaged pack, or a damaged pointer, is logged once; the version before stays, whole."""
    stays, *logged = damaged["damaged pack"]
    assert stays is True
    assert len(logged) == 1
    assert DAMAGED in logged[0]
    assert damaged["nothing half"] is True
    assert damaged["mended"] == [True, "Bundle damaged: the current version can be read again"]
    stays, *logged = damaged["damaged pointer"]
    assert (stays, len(logged)) == (True, 1)
    assert "current.json is damaged: it is not JSON" in logged[0]


def test_download_that_is_cut_is_repeated(damaged: dict[str, Any]) -> None:
    """A pack whose download ended early is downloaded again."""
    assert damaged["cut once"] == ["missing", 2]


def test_missing_version_is_one_sentence(damaged: dict[str, Any]) -> None:
    """A run whose version was removed, or is no version, reports it with what to do."""
    assert damaged["missing"].endswith(
        ".json does not exist (NoSuchKey); push the same files again, or clear the task with the latest version"
    )
    assert "is damaged: its files are those of" in damaged["another's manifest"]
    assert damaged["no version"] == "BadInputError: bundle 'damaged': a version has 20 hex digits, got '../../x'"


def test_version_does_not_change(damaged: dict[str, Any]) -> None:
    """A bundle with a version refuses to be refreshed."""
    assert damaged["refresh"].startswith("ValueError: bundle 'damaged' has the version ")


def test_processes_build_a_version_once(shared: dict[str, Any]) -> None:
    """Processes that need a version at the same time download it once; what a killed one left is removed."""
    assert shared["requests"] == ["packs", "versions"]
    assert shared["built meanwhile"] == []
    assert shared["contents"] == ["x = 1"] * 4
    assert shared["left over"] == ["files", "versions"]


def test_version_in_use_stays(shared: dict[str, Any]) -> None:
    """Airflow removes stale versions, but neither that of a long task nor the last two of the dag-processor."""
    assert shared["kept"] == [True, False, True, True]


def test_version_that_cannot_be_built_does_not_stop_the_cleanup(facts: dict[str, Any]) -> None:
    """A version that cannot be built leaves nothing at which Airflow's cleanup fails; old versions are removed."""
    unbuilt = facts["cannot_be_built"]
    assert unbuilt.pop("fault").startswith("MissingObjectError: s3://dags-of-tests/dags/unbuilt/packs/")
    assert unbuilt == {"tracks 1": False, "tracks 2": True, "cleanup": "", "old is there": False}


def test_file_without_room_for_a_link_is_copied(facts: dict[str, Any]) -> None:
    """A file that can have no more links is copied, and is read-only too; any other error of a link is reported."""
    links = facts["is_out_of_links"]
    assert links["EMLINK"] == ""
    assert links["file"] == [True, 0o444]
    assert links["ENOSPC"].startswith("OSError: [Errno 28]")


def test_disk_is_bounded(shared: dict[str, Any]) -> None:
    """The content of removed versions is removed with the next version."""
    before, after = shared["contents on the disk"]
    assert before == after


def test_changed_content_is_not_used_again(shared: dict[str, Any]) -> None:
    """A file that a task has changed on the disk is downloaded again for the next version."""
    assert shared["never a changed file"] == ["y = 1", "cpu = 512\nmemory_mib = 1024\n"]


def test_page_about_a_version(facts: dict[str, Any]) -> None:
    """Airflow links a version to its manifest in S3's console, or to the configured page; locally there is none."""
    key = "team/dags/etl/versions/{version}.json"
    console = "https://eu-central-1.console.aws.amazon.com/s3/object/dags-of-tests?region=eu-central-1&prefix="
    assert facts["has_pages"] == [console + key, None, "https://example.org/{version}"]


def test_worker_prepares_versions_before_it_accepts_tasks(facts: dict[str, Any]) -> None:
    """A worker prepares the current version of each bundle, also after one failed, within a limited time."""
    assert facts["is_prefetched"] == [False, True]


def test_operator_uses_the_catalogue_of_its_version(facts: dict[str, Any]) -> None:
    """A DAG of a bundle finds the task folders of its version; one that is not deployed is refused with what to do."""
    of_image, of_version, misspelt, not_deployed, mapped, deployed = facts["catalogue"]

    assert of_image.startswith("ValueError: task='hello' is not a folder of tasks/; the folders are ")
    assert of_version == deployed == SETTINGS
    assert misspelt == "ValueError: task='helo' is not a folder of tasks/; did you mean 'hello'?"
    assert mapped == not_deployed
    assert not_deployed == (
        "ValueError: task='hello' is in tasks/ of this version, but not deployed in the stage:"
        " run airflow-fargate deploy"
    )
