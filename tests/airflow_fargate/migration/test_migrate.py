"""
Promises of the `migrate` container, on a real PostgreSQL.

Airflow itself migrates three times, which takes seconds each; each test continues with the database of the last one.
"""

import dataclasses
import importlib.util
import json
import resource
from pathlib import Path

import pytest
from werkzeug.security import generate_password_hash

from airflow_on_fargate.local.database import Database
from tests.airflow_fargate.container import called, started
from tests.airflow_fargate.migration.migrate_container import Stage
from tests.airflow_fargate.postgresql import WORKER, migration_variables, query, variables
from tests.requirements_of_machine import require


def cpu_sec_of_children() -> float:
    """Return the CPU time of all processes that the tests have waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.fixture(name="stage", scope="module")
def _stage(server: Database, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return a stage whose empty database three containers have migrated at the same time."""
    require("Airflow", present=importlib.util.find_spec("airflow") is not None)
    stage = Stage(server, tmp_path_factory.mktemp("home"))
    containers = [stage.start(password="first", version="1") for _ in range(3)]
    codes = [container.wait(timeout=120) for container, _ in containers]
    printed = [file.read_text() for _, file in containers]

    assert codes == [0, 0, 0], "\n\n".join(printed)
    assert sorted("Added user admin" in each for each in printed) == [False, False, True], "\n\n".join(printed)
    return stage


def test_three_at_once_make_the_tables_and_one_admin_user(stage: Stage) -> None:
    """Three migrations at the same time create the tables of Airflow and its auth manager, and one admin user."""
    tables = {name for (name,) in query(stage.database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    role = "SELECT r.name FROM ab_user u, ab_user_role ur, ab_role r WHERE ur.user_id = u.id AND ur.role_id = r.id"

    assert {"dag_run", "alembic_version", "ab_user", "alembic_version_fab"} <= tables
    assert query(stage.database, role) == [("Admin",)]
    assert stage.admin_has("first")


def test_what_is_done_is_not_done_again(stage: Stage, tmp_path: Path) -> None:
    """A second migration takes less than half a second of CPU time and keeps the user's password."""
    query(stage.database, "UPDATE ab_user SET password = %s", generate_password_hash("changed in the UI"))
    # Running this would fail.
    (tmp_path / "airflow").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "airflow").chmod(0o755)

    before = cpu_sec_of_children()
    printed = stage.migrate(password="first", version="1", PATH=f"{tmp_path}:/bin:/usr/bin")

    assert cpu_sec_of_children() - before < 0.5
    assert printed.endswith("The database is ready\n")
    assert stage.admin_has("changed in the UI")


def test_a_new_version_of_the_secret_is_the_admins_password(stage: Stage) -> None:
    """A new version of the secret sets the admin's password, even if the user has changed it."""
    stage.migrate(password="second", version="2")

    assert stage.admin_has("second")


def test_an_admin_whom_airflow_does_not_create_ends_in_a_sentence(stage: Stage) -> None:
    """The container says why Airflow does not create the admin, such as a user with the same e-mail address."""
    query(stage.database, "UPDATE ab_user SET username = 'other'")
    try:
        code, printed = stage.create_admin()
    finally:
        query(stage.database, "UPDATE ab_user SET username = 'admin'")

    assert code == 1
    assert "\nAirflow did not create the user admin: " in printed
    assert printed.endswith('duplicate key value violates unique constraint "ab_user_email_uq"\n')


def test_another_auth_manager_has_no_admin_user(stage: Stage) -> None:
    """With an auth manager other than FAB's, no user is created."""
    simple = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"

    code, printed = stage.create_admin(AIRFLOW__CORE__AUTH_MANAGER=simple)

    assert code == 0
    assert "The auth manager is not FAB's; no user admin is created." in printed


@pytest.mark.parametrize("pool", ["default_pool", "spot"])
def test_the_pool_of_a_queue_follows_its_workers_unless_somebody_has_resized_it(stage: Stage, pool: str) -> None:
    """The pool of a queue follows its workers' slots unless a user has resized it, and counts no deferred task."""

    def slots_after(slots: int) -> int:
        default = slots if pool == "default_pool" else 128
        others = {} if pool == "default_pool" else {pool: slots}
        wanted = {
            "AIRFLOW__CORE__DEFAULT_POOL_TASK_SLOT_COUNT": str(default),
            "AIRFLOW_FARGATE_POOL_SLOTS": json.dumps(others),
        }
        stage.migrate(password="second", version="2", **wanted)
        [(found, counts_deferred)] = query(
            stage.database, "SELECT slots, include_deferred FROM slot_pool WHERE pool = %s", pool
        )
        assert not counts_deferred
        return int(found)

    first = slots_after(128)
    raised = slots_after(600)
    query(stage.database, "UPDATE slot_pool SET slots = 50 WHERE pool = %s", pool)

    assert (first, raised, slots_after(900)) == (128, 600, 50)


def test_the_pool_of_a_queue_that_somebody_has_deleted_is_made_again(stage: Stage) -> None:
    """A deleted pool of a queue is created again."""
    wanted = {"AIRFLOW_FARGATE_POOL_SLOTS": json.dumps({"spot": 12})}
    stage.migrate(password="second", version="2", **wanted)
    query(stage.database, "DELETE FROM slot_pool WHERE pool = 'spot'")

    stage.migrate(password="second", version="2", **wanted)

    assert query(stage.database, "SELECT slots FROM slot_pool WHERE pool = 'spot'") == [(12,)]


def test_other_providers_are_migrated(stage: Stage, tmp_path: Path) -> None:
    """Another version of a provider runs Airflow's migration again."""
    query(stage.database, "UPDATE airflow_fargate SET value = 'older' WHERE name = 'migrated'")
    (tmp_path / "airflow").write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\n')
    (tmp_path / "airflow").chmod(0o755)

    stage.migrate(password="second", version="2", PATH=f"{tmp_path}:/bin:/usr/bin")

    assert (tmp_path / "asked").read_text() == "db migrate\n"


def test_a_newer_database_is_left_alone(stage: Stage) -> None:
    """A database from a newer Airflow is left unchanged, with a warning, except for the workers' role."""
    [(revision,)] = query(stage.database, "SELECT version_num FROM alembic_version")
    query(stage.database, "UPDATE alembic_version SET version_num = 'ffffffffffff'")

    printed = stage.migrate(password="third", version="3", DB_WORKER_PASSWORD="rolled back")
    query(stage.database, "UPDATE alembic_version SET version_num = %s", revision)

    assert "The database is from a newer Airflow than this image; nothing to migrate" in printed
    worker = dataclasses.replace(stage.database, user=WORKER, password="rolled back")
    assert query(worker, "SELECT count(*) FROM celery_taskmeta") == [(0,)]
    assert stage.admin_has("second")


def test_a_migration_that_was_cut_off_is_brought_to_its_end(stage: Stage) -> None:
    """A migration that was interrupted before the auth manager's tables is completed."""
    found = query(stage.database, "SELECT tablename FROM pg_tables WHERE tablename ~ '^(ab_.*|session|.*_fab)$'")
    for (table,) in found:
        query(stage.database, f'DROP TABLE "{table}" CASCADE')
    query(stage.database, "DROP TABLE airflow_fargate")

    stage.migrate(password="fourth", version="4")

    assert stage.admin_has("fourth")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"DB_PORT": "1"}, "The database is out of reach after 6 attempts: "),
        ({"PATH": "{folder}:/bin:/usr/bin"}, "`airflow db migrate` failed 6 times; the reason is above"),
    ],
    ids=["no database", "a failing migration"],
)
def test_what_fails_again_and_again_ends_in_a_sentence(
    database: Database, tmp_path: Path, more: dict[str, str], sentence: str
) -> None:
    """A migration that fails in every attempt ends with a sentence and no traceback."""
    (tmp_path / "airflow").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "airflow").chmod(0o755)
    more = {key: value.format(folder=tmp_path) for key, value in more.items()}

    ended = started("migration.migrate_without_pauses", **(migration_variables(database) | more))

    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_last_version_of_each_is_kept(database: Database) -> None:
    """The table of the migration keeps the last value of each name."""
    assert called("migration.stored", **variables(database)) == [None, "2", "3"]
