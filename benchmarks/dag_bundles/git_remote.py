"""A Git repository with the DAGs of a stack on this machine, on a server with a password and a certificate."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from benchmarks.dag_bundles.git_server import GitRepository, GitServer, git_server

SECRET = "team/git"  # noqa: S105 the name of one
PASSWORD = "first"  # noqa: S105 of a server of this process
TRUSTED = "GIT_SSL_CAINFO"
"""The variable of git that names the file with the certificates that it trusts."""


@dataclass(frozen=True)
class Remote:
    """The *repository* on the *server*."""

    server: GitServer
    repository: GitRepository

    @property
    def url(self) -> str:
        """The address, without the password."""
        return f"{self.server.url}/team/.git"

    def write_secret(self, folder: Path) -> None:
        """Write the password as that of the local stack's user, for the stack in *folder*."""
        file = folder / ".local/secrets.toml"
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.write_text(f'"{SECRET}" = "{self.server.password}"\n')
        file.chmod(0o600)


@contextmanager
def git_remote(folder: Path) -> Iterator[Remote]:
    """Serve an empty repository below *folder*, a new one; programs that start in this context trust the server."""
    folder.mkdir()
    certificate = folder / "server.pem"
    new = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost"
    command = ["openssl", *new.split(), "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command, "-keyout", certificate, "-out", folder / "public.pem"], check=True, capture_output=True)
    certificate.write_text(certificate.read_text() + (folder / "public.pem").read_text())
    trusted = {TRUSTED: str(folder / "public.pem")}
    with git_server(folder, password=PASSWORD, certificate=certificate) as server, patch.dict(os.environ, trusted):
        yield Remote(server, GitRepository(folder / "team"))
