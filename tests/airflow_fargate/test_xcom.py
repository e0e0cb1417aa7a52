"""Promises of the XCom backend, with moto for S3."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from constructs_lib.airflow.environment import XCOM_THRESHOLD_BYTES, environment
from tests.airflow.test_environment import STAGE
from tests.airflow_fargate.container import called, task_starter

BUCKET = "airflow-dev-logs"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.fixture(name="s3", scope="module")
def _s3() -> Iterator[Any]:
    """Run an S3 with the stage's bucket."""
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    s3 = boto3.client(
        "s3",
        endpoint_url=f"http://{host}:{port}",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    s3.create_bucket(Bucket=BUCKET)
    yield s3
    server.stop()


@pytest.fixture(name="variables", scope="module")
def _variables(s3: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:  # noqa: ANN401 boto3's own
    """Return the variables of a worker."""
    variables = task_starter(tmp_path_factory.mktemp("airflow"))
    variables |= {name: value for name, value in environment("worker", STAGE).items() if "XCOM" in name}
    variables = {name: value.replace(STAGE.log_bucket, BUCKET) for name, value in variables.items()}
    return variables | KEYS | {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": s3.meta.endpoint_url}


@pytest.fixture(name="found", scope="module")
def _found(variables: dict[str, str]) -> dict[str, Any]:
    """Return what becomes of values that a worker pushes and pulls."""
    found: dict[str, Any] = called("xcom.pushed_and_pulled", XCOM_THRESHOLD_BYTES, **variables)
    return found


def test_a_small_value_stays_in_the_database(found: dict[str, Any]) -> None:
    """A small value is stored in the database, without loading code for S3."""
    assert found["small"] == "x" * (XCOM_THRESHOLD_BYTES - 3)
    assert not found["s3fs for a small one"]


def test_a_large_value_is_an_object_under_its_own_prefix(found: dict[str, Any], s3: Any) -> None:  # noqa: ANN401 as above
    """The key of a large value names DAG, run and task, without characters that S3 or URLs would change."""
    folder = f"s3://{BUCKET}/xcom/dag_id=d/run_id=manual__2026-01-02T03:04:05+00:00/task_id=a_b/"
    key = found["large"].removeprefix(f"s3://{BUCKET}/")

    assert found["large"].startswith(folder)
    assert json.load(s3.get_object(Bucket=BUCKET, Key=key)["Body"]) == "x" * (XCOM_THRESHOLD_BYTES - 2)
    assert found["large again"]


def test_a_large_value_has_the_types_of_a_small_one(found: dict[str, Any]) -> None:
    """A large value keeps the types that a small one keeps."""
    assert found["same types"]


def test_text_that_looks_like_a_path_is_text(found: dict[str, Any]) -> None:
    """Text that looks like the path of a value is returned as text."""
    assert found["a path of others"] == "s3://elsewhere/xcom/a"


def test_triggers_and_asynchronous_tasks_use_it(variables: dict[str, str]) -> None:
    """Triggers and asynchronous tasks can pull large values."""
    assert called("xcom.pulled_in_a_loop", XCOM_THRESHOLD_BYTES, **variables) is True


def test_values_can_be_files_on_the_shared_volume(variables: dict[str, str], tmp_path: Path) -> None:
    """A large value can be a file, whose folders are created, and a failed deletion is logged."""
    path = {"AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH": f"file://{tmp_path}/xcom"}

    found = called("xcom.in_a_folder", XCOM_THRESHOLD_BYTES, **(variables | path))

    warning = found.pop("warning")
    assert found == {"pulled": True, "is a file": True, "is deleted": True}
    assert warning.startswith(f"file://{tmp_path}/xcom/dag_id=d/")
    assert "cannot be deleted, and expires as logs do: " in warning


def test_a_value_that_is_gone_is_an_error(found: dict[str, Any]) -> None:
    """Pulling a deleted value is an error, and deleting it again is not."""
    name, message = found["gone"]

    assert name == "FileNotFoundError"
    assert message.startswith(f"The value of this XCom is gone: s3://{BUCKET}/xcom/dag_id=d/")
    assert message.endswith("or was deleted; clear the task that has pushed it")


def test_a_value_that_is_too_large_fails_its_task_at_once(found: dict[str, Any]) -> None:
    """A value above the maximum fails its task without a retry, and the error says what to do."""
    name, message = found["too large"]

    assert name == "AirflowFailException"
    assert message == (
        "The XCom 'return_value' of the task 'a/b' has 262,146 bytes as JSON, the maximum is 262,144: write the data to"
        " S3 in the task, and return its key"
    )


def test_airflow_itself_still_has_the_fault(variables: dict[str, str]) -> None:
    """If this fails, Airflow's backend keeps types and reports missing objects: `xcom.py` can be smaller."""
    assert called("xcom.airflows_own", XCOM_THRESHOLD_BYTES, **variables) == {"same types": False, "gone": True}
