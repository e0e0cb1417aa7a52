import dataclasses
import os
import pwd
import tempfile
from pathlib import Path

import psycopg2
import pytest

from airflow_on_fargate.local.database import Database, own_database, reachable_database
from airflow_on_fargate.local.ports import free_port
from airflow_on_fargate.local.state import State
from constructs_lib.shared.bad_input import BadInputError
from tests.airflow_fargate.postgresql import query
from tests.local.postgresql import running
from tests.programs import command
from tests.requirements_of_machine import require


@pytest.mark.programs
def test_the_database_keeps_its_data_and_lets_in_nobody_without_the_password() -> None:
    """The database keeps its data over restarts, and refuses connections without the password."""
    with tempfile.TemporaryDirectory() as folder:
        state = State(Path(folder, "project"))
        state.make()
        with running(state) as database:
            assert reachable_database(database.url) == database
            query(database, "CREATE TABLE kept AS SELECT 1 AS number")
            with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
                dataclasses.replace(database, password="another").connect()
            with pytest.raises(psycopg2.OperationalError):
                dataclasses.replace(database, user="postgres", password="").connect()
            assert set("%@/:#") <= set(database.password)
            assert not state.folder.stat().st_mode & 0o067
            assert state.database.stat().st_mode & 0o777 == 0o700
            # PostgreSQL's user finds its data, and cannot list the folder.
            assert Path(folder).stat().st_mode & 0o777 == 0o701
        with running(state) as again:
            assert query(again, "SELECT number FROM kept") == [(1,)]


@pytest.mark.programs
def test_the_database_starts_without_root() -> None:
    """As the user of its folder, whose owner it leaves as it is."""
    require("root, without which the test above is this one", present=os.geteuid() == 0)
    owner = pwd.getpwnam("pgserver")
    with tempfile.TemporaryDirectory() as folder:
        state = State(Path(folder))
        own_database(state, port=0)
        for path in (state.folder, *state.folder.iterdir()):
            os.chown(path, owner.pw_uid, owner.pw_gid)

        with running(state, program=command("database_of_user", owner.pw_name)[1:]) as database:
            assert query(database, "SELECT 1") == [(1,)]
            assert state.database.stat().st_uid == owner.pw_uid
            assert state.folder.stat().st_mode & 0o777 == 0o700


def test_a_url_says_the_same_as_its_parts() -> None:
    """A URL is parsed into its parts and written back, with quoted characters."""
    database = Database("db.internal", 5433, "air/flow", "me@home", "p%@/:#?", "require")

    assert Database.from_url(database.url) == database


def test_a_url_needs_no_port_and_no_mode() -> None:
    """Port and TLS mode of a URL have PostgreSQL's defaults."""
    assert Database.from_url("postgresql://a:b@c/d") == Database("c", 5432, "d", "a", "b", "prefer")


@pytest.mark.parametrize(
    "url",
    ["mysql://a:b@c/d", "postgresql://a:b@c", "postgresql:///d", "postgresql://a:b@c:x/d", "postgresql://a:b%00@c/d"],
)
def test_what_is_no_such_url_is_refused_without_its_password(url: str) -> None:
    """A wrong DATABASE_URL is refused with its form, and without its password."""
    with pytest.raises(BadInputError) as refused:
        Database.from_url(url)

    assert str(refused.value).startswith("DATABASE_URL must be postgresql://user:password@host:port/name")


def test_a_database_of_the_user_that_does_not_answer_is_refused() -> None:
    """A user's database that does not answer is refused at once, without the password."""
    with pytest.raises(BadInputError) as refused:
        reachable_database(f"postgresql://a:secret@127.0.0.1:{free_port()}/d")

    assert str(refused.value).startswith("cannot connect to the database of DATABASE_URL: connection to server at ")
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)
