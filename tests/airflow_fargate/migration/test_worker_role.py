"""Promises of the role with which workers log in to the metadata database, on a real PostgreSQL."""

import dataclasses
import importlib.util
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg2
import pytest

from airflow_on_fargate.local.database import Database
from tests.airflow_fargate.container import called, last_json, started
from tests.airflow_fargate.postgresql import WORKER, empty, migration_variables, query, variables
from tests.requirements_of_machine import require

OTHER = WORKER.removesuffix("a") + "b"
PASSWORD = "worker's 1"
FORBIDDEN = (
    "SELECT username FROM ab_user",
    "UPDATE ab_user SET active = true",
    "INSERT INTO dag VALUES ('mine')",
    "SELECT password FROM connection",
    "SELECT secret()",
    "SELECT nextval('ab_user_id_seq')",
    "UPDATE alembic_version SET version_num = 'y'",
    "TRUNCATE celery_taskmeta",
    "ALTER TABLE celery_taskmeta ADD COLUMN mine text",
    "CREATE TRIGGER mine AFTER INSERT ON celery_taskmeta EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "DROP TABLE celery_taskmeta",
    "SELECT setval('task_id_sequence', 1)",
    "CREATE TABLE mine (number int)",
    "CREATE TEMPORARY TABLE mine (number int)",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE SCHEMA mine",
    "CREATE ROLE mine",
    "CREATE DATABASE mine",
    "ALTER ROLE airflow PASSWORD 'mine'",
    "SET ROLE airflow",
    "SELECT pg_read_file('postgresql.conf')",
    "COPY celery_taskmeta TO PROGRAM 'true'",
    "SELECT rolpassword FROM pg_authid",
)


@pytest.fixture(autouse=True)
def _airflow() -> None:
    require("Airflow", present=importlib.util.find_spec("airflow") is not None)


@pytest.fixture(name="database")
def _database(server: Database) -> Iterator[Database]:
    """Return a database with tables as Airflow has them and no worker's role, and no such role afterwards."""
    empty(server)
    query(
        server,
        "CREATE TABLE alembic_version AS SELECT 'x'::text AS version_num;"
        "CREATE TABLE alembic_version_fab AS SELECT 'x'::text AS version_num;"
        "CREATE TABLE ab_user (username text, active boolean); CREATE TABLE dag (dag_id text);"
        "CREATE TABLE connection (password text); CREATE SEQUENCE ab_user_id_seq;"
        "CREATE FUNCTION secret() RETURNS text LANGUAGE sql AS 'SELECT password FROM connection'",
    )
    yield server
    for role in (WORKER, OTHER, "modest"):
        if query(server, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
            # PostgreSQL 16 lets who has made a role act as it only after this.
            query(server, f'GRANT "{role}" TO airflow; DROP OWNED BY "{role}"; DROP ROLE "{role}"')


def make(database: Database, **more: str) -> tuple[int, str]:
    """Do what the migration does for the role; return its exit code and its output."""
    ended = started("migration.make_and_grant", **migration_variables(database) | more)
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stderr


def worker_of(database: Database, *, user: str = WORKER, password: str = PASSWORD) -> Database:
    """Return the database as a worker sees it."""
    return dataclasses.replace(database, user=user, password=password)


def valid_until(database: Database, role: str) -> object:
    """Return until when the role may log in."""
    [(until,)] = query(database, "SELECT rolvaliduntil::text FROM pg_roles WHERE rolname = %s", role)
    return until


def test_celerys_own_backend_works_with_it(database: Database) -> None:
    """Celery's result backend works with the workers' role on tables that the migration created."""
    assert make(database)[0] == 0

    ended = started("migration.use_celery", **variables(worker_of(database)))

    assert last_json(ended) == "FAILURE"
    assert "permission denied" not in ended.stderr


def test_it_reads_how_new_the_schema_is(database: Database) -> None:
    """The workers' role can read the schema's version."""
    query(database, f'CREATE ROLE "{WORKER}" LOGIN PASSWORD %s', PASSWORD)
    before = [called("migration.schema_state", **variables(worker_of(database)))]
    # Where somebody else has allowed the schema to everybody, but not the tables.
    query(database, "GRANT USAGE ON SCHEMA public TO PUBLIC")
    before.append(called("migration.schema_state", **variables(worker_of(database))))

    make(database)

    # No revision that any image has.
    assert before == ["behind", "behind"]
    assert called("migration.schema_state", **variables(worker_of(database))) == "ahead"


def test_it_may_do_nothing_else(database: Database) -> None:
    """The workers' role can access nothing but Celery's results and the schema's version."""
    make(database)

    assert [command for command in FORBIDDEN if not refused(worker_of(database), command)] == []


def refused(database: Database, command: str) -> bool:
    """Return whether the user of *database* may not do that."""
    connection = database.connect()
    # A database is made outside of a transaction.
    connection.autocommit = True
    try:
        connection.cursor().execute(command)
    except psycopg2.errors.InsufficientPrivilege:
        return True
    finally:
        connection.close()
    return False


def test_what_is_done_is_not_done_again(database: Database) -> None:
    """A second start keeps the password and grants the same rights again."""
    assert "has the password of its secret" in make(database)[1]

    assert make(database) == (0, "")


def test_the_role_follows_its_secret(database: Database) -> None:
    """The role gets the password of its secret, whatever password it had."""
    make(database, DB_WORKER_PASSWORD="another")

    assert make(database)[0] == 0
    worker_of(database).connect().close()
    with pytest.raises(psycopg2.OperationalError):
        worker_of(database, password="another").connect()


def test_the_server_never_gets_the_password(database: Database) -> None:
    """The server gets only the verifier of a password, so it cannot log the password."""
    ended = started("migration.show_commands", **migration_variables(database))

    assert "SCRAM-SHA-256$" in ended.stdout
    assert PASSWORD not in ended.stdout
    assert PASSWORD.replace("'", "''") not in ended.stdout


def test_a_new_password_is_another_roles(database: Database) -> None:
    """A new password belongs to the other role, and the old role can log in for one more day."""
    make(database)
    open_still = worker_of(database).connect()

    assert make(database, DB_WORKER_USER=OTHER, DB_WORKER_PASSWORD="2")[0] == 0

    worker_of(database, user=OTHER, password="2").connect().close()
    worker_of(database).connect().close()
    assert valid_until(database, OTHER) == "infinity"
    until = datetime.fromisoformat(str(valid_until(database, WORKER)))
    assert 23 < (until - datetime.now(tz=UTC)).total_seconds() / 3600 < 25
    # Another start of the container does not put it off.
    assert make(database, DB_WORKER_USER=OTHER, DB_WORKER_PASSWORD="2") == (0, "")
    assert datetime.fromisoformat(str(valid_until(database, WORKER))) == until
    query(database, f"ALTER ROLE \"{WORKER}\" VALID UNTIL '2024-01-01'")
    with pytest.raises(psycopg2.OperationalError):
        worker_of(database).connect()
    open_still.close()


def test_the_first_role_comes_back_with_the_next_password(database: Database) -> None:
    """The third password belongs to the first role again, and the second role expires."""
    make(database)
    make(database, DB_WORKER_USER=OTHER, DB_WORKER_PASSWORD="2")

    assert make(database, DB_WORKER_PASSWORD="3")[0] == 0

    worker_of(database, password="3").connect().close()
    assert valid_until(database, WORKER) == "infinity"
    assert valid_until(database, OTHER) != "infinity"


def test_two_stages_of_one_name_do_not_share_a_server(database: Database) -> None:
    """A second stage with the same name on one server is refused, unless the first one's database is gone."""
    query(database, f'CREATE ROLE "{WORKER}"; COMMENT ON ROLE "{WORKER}" IS \'postgres\'')

    code, printed = make(database)

    assert code == 1
    assert printed == (
        f"The role {WORKER} belongs to the database postgres of this server: two stages with the same name cannot share"
        " a server\n"
    )
    query(database, f"COMMENT ON ROLE \"{WORKER}\" IS 'renamed'")
    assert make(database)[0] == 0


def test_a_role_that_the_server_refuses_ends_in_a_sentence(database: Database) -> None:
    """The migration ends with the server's reason when the role cannot log in."""
    query(database, f'CREATE ROLE "{WORKER}" CONNECTION LIMIT 0')

    code, printed = make(database)

    assert code == 1
    assert f"The role {WORKER} cannot log in: " in printed
    assert f'too many connections for role "{WORKER}"' in printed


class TestExisting:
    """Use a database whose owner may not create roles."""

    @pytest.fixture(name="modest")
    def _modest(self, database: Database) -> Database:
        query(
            database,
            "CREATE ROLE modest LOGIN PASSWORD 'm'; GRANT modest TO airflow; GRANT ALL ON SCHEMA public TO modest;"
            "ALTER TABLE alembic_version OWNER TO modest; ALTER TABLE alembic_version_fab OWNER TO modest",
        )
        return dataclasses.replace(database, user="modest", password="m")

    def test_the_sentence_says_what_it_lacks(self, modest: Database) -> None:
        """A missing privilege of the owner is named before anything is migrated."""
        code, printed = make(modest)

        assert code == 1
        assert printed == (
            f"The workers' role {WORKER} cannot be created or changed by modest: permission denied to create role;"
            " docs/operations.md says what the user of the database must be allowed to do\n"
        )

    def test_a_role_that_is_there_needs_the_password_of_the_secret(self, modest: Database, database: Database) -> None:
        """An existing role is refused if its password is not that of the secret."""
        query(database, f"CREATE ROLE \"{WORKER}\" LOGIN PASSWORD 'other'")

        code, printed = make(modest)

        assert code == 1
        assert printed.startswith(
            f"The workers' role {WORKER} cannot be created or changed by modest: permission denied to "
        )

    def test_a_role_that_somebody_else_has_made_is_used(self, modest: Database, database: Database) -> None:
        """A role that somebody else has created is used, and rights that the owner cannot revoke are logged."""
        query(database, f'CREATE ROLE "{WORKER}" LOGIN PASSWORD %s', PASSWORD)
        query(database, "GRANT TEMPORARY ON DATABASE airflow TO PUBLIC; GRANT USAGE, CREATE ON SCHEMA public TO PUBLIC")

        code, printed = make(modest)

        assert code == 0, printed
        assert f"The workers' role {WORKER} may create tables in the schema public" in printed
        assert f"The workers' role {WORKER} may create temporary tables in the database airflow" in printed
        assert started("migration.use_celery", **variables(worker_of(database))).returncode == 0

    def test_a_former_role_that_is_not_the_owners_keeps_its_password(
        self, modest: Database, database: Database
    ) -> None:
        """The migration warns of a former role whose password it may not expire, and continues."""
        query(database, f'CREATE ROLE "{WORKER}" LOGIN PASSWORD %s', PASSWORD)
        query(database, f"CREATE ROLE \"{OTHER}\" LOGIN PASSWORD 'other' VALID UNTIL 'infinity'")
        query(database, "GRANT USAGE ON SCHEMA public TO PUBLIC")

        code, printed = make(modest)

        assert code == 0, printed
        assert f"The workers' previous role {OTHER} keeps its password: docs/operations.md" in printed
        assert valid_until(database, OTHER) == "infinity"

    def test_an_owner_who_cannot_allow_the_tables_says_what_it_lacks(
        self, modest: Database, database: Database
    ) -> None:
        """The migration says what the owner lacks when another user owns a table."""
        query(database, f'CREATE ROLE "{WORKER}" LOGIN PASSWORD %s', PASSWORD)
        query(database, "ALTER TABLE alembic_version OWNER TO airflow")

        code, printed = make(modest)

        assert code == 1
        assert printed.endswith(
            "modest cannot grant the workers' role its privileges: permission denied for table alembic_version;"
            " docs/operations.md says what the user of the database must be allowed to do\n"
        )

    def test_a_schema_that_the_role_does_not_see_is_named(self, modest: Database, database: Database) -> None:
        """A schema that the role cannot use is named if the owner cannot grant the right."""
        query(database, f'CREATE ROLE "{WORKER}" LOGIN PASSWORD %s', PASSWORD)
        query(database, "REVOKE ALL ON SCHEMA public FROM PUBLIC")

        code, printed = make(modest)

        assert code == 1
        assert f"The workers' role {WORKER} may not use the schema public, and the owner cannot allow it" in printed


def test_a_schema_of_another_name_is_found(database: Database) -> None:
    """Tables in a schema with the owner's name are found."""
    query(database, "CREATE SCHEMA airflow; ALTER TABLE alembic_version SET SCHEMA airflow")
    query(database, "ALTER TABLE alembic_version_fab SET SCHEMA airflow")
    try:
        assert make(database)[0] == 0
        assert started("migration.use_celery", **variables(worker_of(database))).returncode == 0
        assert query(worker_of(database), "SELECT version_num FROM alembic_version") == [("x",)]
    finally:
        query(database, "DROP SCHEMA airflow CASCADE")


def test_a_missing_variable_is_named(database: Database) -> None:
    """A missing variable is named, as with an older task definition."""
    ended = started("migration.make_and_grant", **variables(database))

    assert ended.returncode == 1
    assert "DB_WORKER_USER is not set" in ended.stderr
    assert "Traceback" not in ended.stderr
