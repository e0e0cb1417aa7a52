"""The certificate authorities that Airflow's image trusts beside the public ones."""

import ssl
from pathlib import Path

from constructs_lib.shared.bad_input import BadInputError

FOLDER = "docker/certificates"


def check_certificate_authorities(project: Path) -> None:
    """
    Refuse files that the image could not trust, or that nobody may see, in the folder of *project*.

    Raises:
        BadInputError: a file is no certificate in PEM, has the wrong suffix, or holds a private key.

    """
    folder = project / FOLDER
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        if file.name == "README.md" or file.name.startswith("."):
            continue
        where = f"{FOLDER}/{file.name}"
        if file.suffix != ".crt" or not file.is_file():
            msg = f"{where} must be a file whose name ends with .crt, the only ones that the image takes from there"
            raise BadInputError(msg)
        _check(file.read_bytes(), where)


def _check(content: bytes, where: str) -> None:
    if b"PRIVATE KEY" in content:
        msg = f"{where} must hold certificates alone, got a private key, which everybody who has the image could read"
        raise BadInputError(msg)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=content.decode("ascii"))
    except (ssl.SSLError, ValueError) as error:
        msg = (
            f"{where} must hold certificates in PEM, which begin with -----BEGIN CERTIFICATE-----: `openssl x509"
            f" -inform der -in {where}` writes one that is in DER"
        )
        raise BadInputError(msg) from error
