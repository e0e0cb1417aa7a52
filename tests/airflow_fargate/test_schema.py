import importlib.util
from pathlib import Path

import pytest

from airflow_on_fargate.local.database import Database
from tests.airflow_fargate.container import PROGRAMS, called, cpu_sec, run, started
from tests.airflow_fargate.postgresql import query, variables
from tests.requirements_of_machine import require

START = ("-m", f"{PROGRAMS}.schema")


@pytest.fixture(autouse=True)
def _airflow() -> None:
    require("Airflow", present=importlib.util.find_spec("airflow") is not None)


@pytest.fixture(name="newest", scope="module")
def _newest() -> dict[str, str]:
    """Return the revision that each of Alembic's tables should have, as Alembic finds it."""
    return {table: str(revision) for table, revision in called("schema.alembics_revisions").items()}


def stamp(database: Database, table: str, revision: str) -> None:
    """Set the revision of *table* in *database*."""
    query(database, f"CREATE TABLE {table} AS SELECT %s::text AS version_num", revision)


def wait(database: Database, folder: Path, **more: str) -> tuple[int, str, str]:
    """Start a worker that waits up to a second; return its exit code and its output."""
    beat = str(folder / "heartbeat")
    ended = run(*START, 1, **(variables(database) | {"AIRFLOW_FARGATE_HEARTBEAT_FILE": beat} | more))
    return ended.returncode, ended.stdout, ended.stderr


def test_the_revisions_are_those_that_alembic_finds(newest: dict[str, str]) -> None:
    """The revisions that are read from the scripts are those that Alembic finds."""
    assert called("schema.revisions") == newest


def test_a_process_starts_on_a_database_as_new_as_its_image(
    database: Database, newest: dict[str, str], tmp_path: Path
) -> None:
    """A process starts on the current schema without a message, within half a second of CPU time."""
    for table, revision in newest.items():
        stamp(database, table, revision)

    assert wait(database, tmp_path) == (0, "started\n", "")
    container_variables = variables(database) | {"AIRFLOW_FARGATE_HEARTBEAT_FILE": str(tmp_path / "heartbeat")}
    assert min(cpu_sec(*START, **container_variables) for _ in range(3)) < 0.5


def test_a_process_starts_on_a_newer_database_with_a_warning(
    database: Database, newest: dict[str, str], tmp_path: Path
) -> None:
    """A process starts on the schema of a newer Airflow with a warning."""
    stamp(database, "alembic_version", "ffffffffffff")
    stamp(database, "alembic_version_fab", newest["alembic_version_fab"])

    code, printed, _ = wait(database, tmp_path)

    assert code == 0
    assert "The database is from a newer Airflow than this image; the process starts anyway" in printed
    assert printed.endswith("started\n")


def test_an_image_without_airflow_says_so(database: Database) -> None:
    """A container of an image without Airflow ends with a sentence."""
    ended = started("schema.wait_without_airflow", **variables(database))

    assert (ended.returncode, ended.stderr) == (1, "Airflow is not installed\n")


@pytest.mark.parametrize(
    "stamped",
    [
        {},
        {"alembic_version": "509b94a1042d"},
        # A migration that was cut off, before the tables of the auth manager.
        {"alembic_version": "newest"},
    ],
    ids=["empty", "older", "cut off"],
)
def test_a_process_does_not_start_on_tables_that_are_missing(
    database: Database, newest: dict[str, str], tmp_path: Path, stamped: dict[str, str]
) -> None:
    """A process does not start and is not healthy without tables, and ends with a sentence after the limit."""
    for table, revision in stamped.items():
        stamp(database, table, newest[table] if revision == "newest" else revision)

    code, printed, error = wait(database, tmp_path)

    assert (code, error) == (1, "The database is not ready after 1 s: behind\n")
    assert printed.count("Waiting for the database: behind") == 1
    assert not (tmp_path / "heartbeat").exists()


def test_a_user_who_is_not_let_in_yet_is_waited_for(database: Database, newest: dict[str, str], tmp_path: Path) -> None:
    """A process waits for its database user, and is not healthy meanwhile."""
    for table, revision in newest.items():
        stamp(database, table, revision)
    refused = (
        "The database is not ready after 1 s: it refuses this container's user or password; the migration creates the"
        " role of a worker\n"
    )

    assert wait(database, tmp_path, DB_USER="airflow-test-worker-a")[0::2] == (1, refused)
    assert wait(database, tmp_path, DB_PASSWORD="another")[0::2] == (1, refused)
    assert not (tmp_path / "heartbeat").exists()


def test_a_database_out_of_reach_is_waited_for(database: Database, tmp_path: Path) -> None:
    """A process waits for a database that does not answer, and logs the driver's error once."""
    code, printed, error = wait(database, tmp_path, DB_PORT="1")

    assert code == 1
    assert printed.count("Waiting for the database: ") == 1
    assert "Connection refused" in error
    assert "Traceback" not in error
