"""Promises of the dag-processor's loop with a bundle in S3, and that Airflow's own still has its faults."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from airflow_on_fargate.local.database import Database
from tests.airflow_fargate.container import called, last_json, run, task_starter
from tests.airflow_fargate.postgresql import empty

BUNDLE = {
    "name": "dags",
    "classpath": "airflow_fargate.dag_bundles.s3.VersionedS3DagBundle",
    "kwargs": {"bucket": "dags-of-tests", "refresh_interval": 0},
}
CHANGED, SLOW = "z_changed.py", "slow.py"


@pytest.fixture(name="s3", scope="module")
def _s3() -> Iterator[dict[str, str]]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    yield keys | {"AWS_ENDPOINT_URL": f"http://{host}:{port}"}
    server.stop()


def _of(whose: str, server: Database, s3: dict[str, str], home: Path) -> dict[str, Any]:
    empty(server)
    found: dict[str, Any] = last_json(
        run(
            Path(__file__).with_name("dag_processor_loop.py"),
            whose,
            **task_starter(home),
            **s3,
            AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=server.url,
            AIRFLOW__LOGGING__BASE_LOG_FOLDER=str(home / "logs"),
            AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY=str(home / "logs/dag_processor"),
            AIRFLOW__CORE__LOAD_EXAMPLES="False",
            AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL="0",
            AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL="0",
            AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST=json.dumps([BUNDLE]),
            AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH=str(home / "storage"),
            AIRFLOW__DAG_PROCESSOR__FILE_PARSING_SORT_MODE="alphabetical",
            AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL="300",
            AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES="1",
        )
    )
    return found


@pytest.fixture(name="ours", scope="module")
def _ours(server: Database, s3: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return _of("ours", server, s3, tmp_path_factory.mktemp("ours"))


@pytest.fixture(name="airflows", scope="module")
def _airflows(server: Database, s3: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return _of("airflow", server, s3, tmp_path_factory.mktemp("airflow"))


def mixtures(found: dict[str, Any]) -> list[str]:
    """Return the files of which a result is stored with one version, and was parsed in another."""
    names = found["names"]
    wrong = {"first": "second", "second": "first"}
    return [
        file
        for file, version, content in [*found["stored before"], *found["stored after"]]
        if names[version] == wrong[content] and file in {CHANGED, SLOW}
    ]


def test_changed_files_are_parsed_before_all_others(ours: dict[str, Any]) -> None:
    """Files that a version changes, and those that import one, are parsed at once, also if they are being parsed."""
    assert len(ours["stored before"]) <= 1
    assert {file for file, *_ in ours["stored after"][:2]} == {CHANGED, SLOW}


def test_result_has_the_version_that_was_parsed(ours: dict[str, Any]) -> None:
    """A result is stored with the version that was parsed, also if the version has changed meanwhile."""
    assert mixtures(ours) == []


def test_only_affected_files_are_parsed_again(ours: dict[str, Any]) -> None:
    """A change of a file is parsed at once, and no other file with it; a removed file's DAGs are stale without that."""
    assert ours["parsed for one change"] == [CHANGED]
    assert ours["parsed for a removal"] == []


def test_error_is_visible_and_undone_at_once(ours: dict[str, Any]) -> None:
    """An import error of a version is stored, and is gone with the next version that has none."""
    assert ours["error"] == [CHANGED]
    assert ours["error is gone"] is True


def test_change_is_stored_within_seconds(ours: dict[str, Any]) -> None:
    """A change is stored within five seconds of its push."""
    assert ours["slowest"] < 5


def test_task_folder_must_be_deployed(ours: dict[str, Any]) -> None:
    """A DAG that names a folder of its version fails until the stage has deployed it, and is parsed again then."""
    assert ours["not deployed"] == [
        "ValueError: task='new' is in tasks/ of this version, but not deployed in the stage: run airflow-fargate deploy"
    ]
    assert ours["deployed"] == [["on_demand.py"], 0]


def test_callback_of_a_task_has_the_version_of_its_run(ours: dict[str, Any]) -> None:
    """The callback of a task runs in the version of its run; without a run or a version it stays as it is."""
    assert ours["callbacks"] == ["of the run", "of the request", None, "of the request"]


def test_file_is_parsed_after_its_callback(ours: dict[str, Any]) -> None:
    """A changed file in which a callback runs is parsed after the callback, which is not stopped."""
    assert ours["after its callback"] == [CHANGED, "fourth"]


def test_change_is_parsed_first_after_a_restart(ours: dict[str, Any]) -> None:
    """A dag-processor that has just started parses first what its last results are not of: changed and new files."""
    assert ours["first after a restart"] == ["new.py", CHANGED]


def test_dags_stay_active_while_no_version_can_be_read(ours: dict[str, Any]) -> None:
    """A new dag-processor leaves the DAGs active while a pack or the pointer is missing, and reads them afterwards."""
    assert ours["active without a pack"] == [False, True]
    assert ours["active without a pointer"] is True
    assert ours["first after a restart"]


def test_airflow_itself_still_stores_the_wrong_version(airflows: dict[str, Any]) -> None:
    """If this fails, Airflow has fixed it: delete what `airflow_fargate.dag_processor` does about it."""
    assert SLOW in mixtures(airflows)


def test_airflow_itself_still_parses_changed_files_late(airflows: dict[str, Any]) -> None:
    """If this fails, Airflow has fixed it: delete what `airflow_fargate.dag_processor` does about it."""
    assert [SLOW, "second"] not in [[file, content] for file, _, content in airflows["stored after"]]


def test_the_dag_processor_has_this_manager_and_no_other_process_does(tmp_path: Path) -> None:
    """The dag-processor uses our manager, and no other process does."""
    found = {
        name: called("process.manager_of_dag_files", name, **task_starter(tmp_path))
        for name in ("dag-processor", "triggerer")
    }

    assert found == {
        "dag-processor": "airflow_fargate.dag_processor.manager",
        "triggerer": "airflow.dag_processing.manager",
    }
