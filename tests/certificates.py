"""A certificate authority of a test, and what it signs, made by the `openssl` command."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.requirements_of_machine import require

DAYS = 3650


@dataclass(frozen=True)
class Authority:
    """The *certificate* of the authority, and in *server* the certificate and the key of a server at localhost."""

    certificate: Path
    server: Path

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Return the authority that `make_authority` has made in *folder*."""
        return cls(certificate=folder / "authority.pem", server=folder / "server.pem")


def make_authority(folder: Path) -> Authority:
    """Create in *folder* an untrusted authority, and a server certificate that it has signed."""
    folder.mkdir(exist_ok=True)
    made = Authority.of(folder)
    authority, server = made.certificate, made.server
    key, request = folder / "authority.key", folder / "server.csr"
    names = folder / "names.cnf"
    names.write_text("subjectAltName=DNS:localhost")
    # Not RSA, whose keys take most of a second of CPU.
    new, days = "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes", f"-days {DAYS}"
    _openssl(f"{new} -x509 {days} -subj /CN=test -keyout {key} -out {authority}")
    _openssl(f"{new} -subj /CN=localhost -keyout {folder / 'server.key'} -out {request}")
    _openssl(
        f"x509 -req {days} -CAcreateserial -CA {authority} -CAkey {key} -in {request} -extfile {names} -out {server}"
    )
    server.write_text(server.read_text() + (folder / "server.key").read_text())
    # The user of a container reads it.
    server.chmod(0o644)
    return made


def _openssl(arguments: str) -> None:
    program = shutil.which("openssl")
    require("openssl", present=bool(program))
    subprocess.run([str(program), *arguments.split()], check=True, capture_output=True)
