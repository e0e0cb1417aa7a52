"""
The database role of workers, which can use Celery's results and nothing else.

Workers run the code of DAGs, which must not use Airflow's database. The migration creates the role, and grants its
rights after it has created the tables.
"""

import logging
import os
import sys
from collections.abc import Mapping
from typing import Any

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import encrypt_password

from airflow_fargate.database import CONNECT_ARGS, database_url, parameters
from airflow_fargate.schema import MIGRATIONS
from constructs_lib.shared.worker import other_role

log = logging.getLogger(__name__)

TABLES = ("celery_taskmeta", "celery_tasksetmeta")
SEQUENCES = ("task_id_sequence", "taskset_id_sequence")
"""Celery's own names (`celery.backends.database.models`)."""
OLD_PASSWORD_HOURS = 24
"""How long workers from before a rotation can open new connections with the old password."""
HELP = "docs/operations.md says what the user of the database must be allowed to do"


def worker_parameters(environment: Mapping[str, str]) -> dict[str, Any]:
    """
    Return what `psycopg2.connect` takes to reach the database as a worker does.

    Raises:
        SystemExit: a variable is missing.

    """
    try:
        user, password = environment["DB_WORKER_USER"], environment["DB_WORKER_PASSWORD"]
    except KeyError as error:
        sys.exit(f"{error.args[0]} is not set; the migration needs DB_WORKER_USER and DB_WORKER_PASSWORD")
    return {**parameters(environment), "user": user, "password": password}


def make_role(connection: "psycopg2.extensions.connection") -> None:
    """
    Create the role, or set its password from the secret, unless it can already log in.

    The other one of the two roles, which has the previous password, can log in for one more day.

    Raises:
        SystemExit: the owner lacks the right, another stage has the role, or the server refuses its login.

    """
    worker = worker_parameters(os.environ)
    role, database = worker["user"], worker["dbname"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.datname, r.rolvaliduntil IS NOT NULL AND r.rolvaliduntil != 'infinity'"
            " FROM pg_roles r LEFT JOIN pg_database d ON d.datname = shobj_description(r.oid, 'pg_authid')"
            " WHERE r.rolname = %s",
            (role,),
        )
        found = cursor.fetchone()
        # Its comment names its database; a database that does not exist was renamed, or was another stage's.
        if found and found[0] not in (None, database):
            sys.exit(
                f"The role {role} belongs to the database {found[0]} of this server: two stages with the same name"
                " cannot share a server"
            )
        if not found or found[1] or _refused(worker):
            _set_password(cursor, role, worker["password"], database, new=not found)
            if refused := _refused(worker):
                sys.exit(f"The role {role} cannot log in: {refused}")
        _let_expire(cursor, role)


def _set_password(cursor: "psycopg2.extensions.cursor", role: str, password: str, database: str, *, new: bool) -> None:
    # The server and its log get the verifier that PostgreSQL would store, not the password.
    verifier = encrypt_password(password, role, scope=cursor, algorithm="scram-sha-256")
    verb = "CREATE" if new else "ALTER"
    command = sql.SQL(verb + " ROLE {} LOGIN PASSWORD {} VALID UNTIL 'infinity'")
    try:
        cursor.execute(command.format(sql.Identifier(role), sql.Literal(verifier)))
        cursor.execute(sql.SQL("COMMENT ON ROLE {} IS {}").format(sql.Identifier(role), sql.Literal(database)))
    except psycopg2.errors.InsufficientPrivilege as error:
        lacks = str(error).splitlines()[0]
        sys.exit(f"The workers' role {role} cannot be created or changed by {_owner(cursor)}: {lacks}; {HELP}")
    log.info("The role %s has the password of its secret", role)


def _owner(cursor: "psycopg2.extensions.cursor") -> str:
    cursor.execute("SELECT current_user")
    [name] = cursor.fetchone() or ("",)
    return str(name)


def _refused(worker: Mapping[str, Any]) -> str:
    """Return why the server refuses the *worker*, or nothing."""
    try:
        psycopg2.connect(**worker).close()
    except psycopg2.OperationalError as error:
        return " ".join(str(error).split())
    return ""


def _let_expire(cursor: "psycopg2.extensions.cursor", role: str) -> None:
    other = other_role(role)
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s AND rolvaliduntil = 'infinity'", (other,))
    if other is None or cursor.fetchone() is None:
        return
    cursor.execute("SELECT now() + make_interval(hours => %s)", (OLD_PASSWORD_HOURS,))
    [until] = cursor.fetchone() or (None,)
    try:
        cursor.execute(
            sql.SQL("ALTER ROLE {} VALID UNTIL {}").format(sql.Identifier(other), sql.Literal(until.isoformat()))
        )
    except psycopg2.errors.InsufficientPrivilege:
        log.warning("The workers' previous role %s keeps its password: %s", other, HELP)
    else:
        log.info("The workers' previous role %s may log in until %s", other, until)


def grant(connection: "psycopg2.extensions.connection") -> None:
    """
    Allow the role to use Celery's tables and to read the schema's version; only owners may create tables here.

    Raises:
        SystemExit: the owner cannot grant the role's rights.

    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NULL OR to_regclass(%s) IS NULL", TABLES)
        if cursor.fetchone() == (True,):
            _make_tables()
        cursor.execute("SELECT current_schema()")
        [schema] = cursor.fetchone() or ("public",)
        names = {
            "role": sql.Identifier(os.environ["DB_WORKER_USER"]),
            "database": sql.Identifier(os.environ["DB_NAME"]),
            "schema": sql.Identifier(schema),
            "tables": sql.SQL(", ").join(map(sql.Identifier, TABLES)),
            "sequences": sql.SQL(", ").join(map(sql.Identifier, SEQUENCES)),
            "versions": sql.SQL(", ").join(map(sql.Identifier, MIGRATIONS)),
        }
        path = "" if schema == "public" else "ALTER ROLE {role} IN DATABASE {database} SET search_path = {schema};"
        command = path + (
            "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC;"
            # PostgreSQL's default from 15 on.
            "REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC;"
            "GRANT CONNECT ON DATABASE {database} TO {role};"
            "GRANT USAGE ON SCHEMA {schema} TO {role};"
            "GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {role};"
            "GRANT USAGE ON SEQUENCE {sequences} TO {role};"
            "GRANT SELECT ON {versions} TO {role}"
        )
        try:
            # One transaction: a worker that can read the schema's version knows that its role has all other rights.
            cursor.execute(sql.SQL(command).format(**names))
        except psycopg2.errors.InsufficientPrivilege as error:
            lacks = str(error).splitlines()[0]
            sys.exit(f"{_owner(cursor)} cannot grant the workers' role its privileges: {lacks}; {HELP}")
        _compare(cursor, schema)


def _make_tables() -> None:
    # As Celery's workers would create them.
    from celery.backends.database import models  # type: ignore[import-untyped] # noqa: F401, PLC0415 it knows the tables
    from celery.backends.database.session import ResultModelBase  # type: ignore[import-untyped] # noqa: PLC0415 slow
    from sqlalchemy import create_engine  # noqa: PLC0415 slow

    engine = create_engine(database_url(os.environ), connect_args=CONNECT_ARGS)
    ResultModelBase.metadata.create_all(engine)
    engine.dispose()


def _compare(cursor: "psycopg2.extensions.cursor", schema: str) -> None:
    """
    Warn of rights of the role that the owner cannot revoke.

    Raises:
        SystemExit: the role does not see the tables.

    """
    role, database = os.environ["DB_WORKER_USER"], os.environ["DB_NAME"]
    cursor.execute(
        "SELECT has_schema_privilege(%s, %s, 'USAGE'), has_schema_privilege(%s, %s, 'CREATE'),"
        " has_database_privilege(%s, %s, 'TEMPORARY'), rolsuper OR rolcreaterole OR rolcreatedb"
        " FROM pg_roles WHERE rolname = %s",
        (role, schema, role, schema, role, database, role),
    )
    sees_tables, makes_tables, makes_temporary_tables, rules = cursor.fetchone() or (False, False, False, False)
    if not sees_tables:
        # PostgreSQL only warns if the user of a GRANT lacks the right to grant.
        sys.exit(f"The workers' role {role} may not use the schema {schema}, and the owner cannot allow it: {HELP}")
    for may, what in (
        (makes_tables, f"create tables in the schema {schema}"),
        (makes_temporary_tables, f"create temporary tables in the database {database}"),
        (rules, "create roles or databases"),
    ):
        if may:
            log.warning("The workers' role %s may %s, and the owner cannot forbid it: %s", role, what, HELP)
