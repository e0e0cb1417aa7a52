"""What the Airflow image is built of: the project's folders, Python packages and certificate authorities."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING

from constructs_lib.push_image.build_context import BuildContext
from constructs_lib.push_image.image_build import ImageBuild
from constructs_lib.settings.dag_bundles import dag_bundles, git_bundles
from constructs_lib.settings.user_file import read_text
from constructs_lib.shared.bad_input import BadInputError, shown

if TYPE_CHECKING:
    from pathlib import Path

    from constructs_lib.settings.dag_bundles import Dags
    from constructs_lib.settings.settings import Settings

CERTIFICATES = "docker/certificates"
"""The folder of certificate authorities that the image trusts in addition to the public ones."""
REQUIREMENTS = "requirements.txt"
WHEELS = "wheels"
"""The folder of wheels that are in no package index."""
HELP = "docs/packages.md says how to make a wheel"
ARCHIVE = r"(?![^\s@;\[]*\.(?:whl|zip|tar|t[a-z]{1,2}z2?|tar\.\w+)(?:[\s;\[]|$))"
"""The names that pip takes for a file and not for a package."""
NAME = ARCHIVE + r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\s*\[[\w\s,.-]*\])?"
VERSIONS = r"\(?\s*(?:(?:===|[<>~=!]=|[<>])\s*[\w.*+!-]+\s*,?\s*)*\)?"
ADDRESS = r"https://[^\s@$]+"
"""Without `@`, before which a password may be, and without `$`, because pip replaces variables of its machine."""
HASHES = r"(?:\s+--hash[= ]\w+:[0-9a-f]+)*"
REQUIREMENT = re.compile(rf"{NAME}\s*(?:{VERSIONS}|@\s*{ADDRESS}\.whl(?:#[^\s$]*)?)(?:\s*;[^$]*?)?{HASHES}")
INDEX = re.compile(rf"(?:-i|--index-url|--extra-index-url)[= ]\s*{ADDRESS}")
PASSWORD = re.compile(r"://[^/\s]*@")


IN_BUNDLES = ("dags", "tasks")
"""The folders that the image does not need if the DAGs are in bundles: a changed DAG is then no new image."""
WITH_GIT = "WITH_GIT=1"
"""The argument with which the build installs the program git."""


def airflow_context(project: Path, dags: Dags = "image") -> BuildContext:
    """
    Return the build context of the Airflow image for the setting *dags*: DAGs and tasks are in it unless in bundles.

    Raises:
        BadInputError: requirements.txt has a line that the image cannot install, or docker/certificates/ a file that it
            cannot trust.

    """
    check_requirements(project)
    check_certificate_authorities(project)
    return BuildContext(
        project,
        dockerfile="docker/Dockerfile",
        separate_folders=("dags", CERTIFICATES, "plugins", "tasks"),
        with_product_files=True,
        excluded_folders=IN_BUNDLES if dag_bundles(dags) else (),
        build_arguments=(WITH_GIT,) if git_bundles(dags) else (),
    )


def airflow_builds(settings: Settings, project: Path) -> dict[str, ImageBuild]:
    """
    Return the builds of the Airflow image by architecture; with `airflow_image` there are none.

    Raises:
        BadInputError: as `airflow_context`.

    """
    if settings.airflow_image:
        return {}
    context = airflow_context(project, settings.dags)
    return {architecture: ImageBuild("airflow", context, architecture) for architecture in settings.architectures}


def check_requirements(project: Path) -> None:
    """
    Check that the image and the local stack install the same packages from requirements.txt of *project*, if it exists.

    The image has neither the folders nor the other files of the project, and no compiler.
    Source of the format: https://pip.pypa.io/en/stable/reference/requirements-file-format/.

    Raises:
        BadInputError: a line is neither a package, nor the address of a wheel, nor that of an index.

    """
    text = read_text(project / REQUIREMENTS, where=REQUIREMENTS) or ""
    # A backslash at the end of a line continues it.
    joined = re.sub(r"\\\r?\n", " ", text)
    for line in joined.splitlines():
        requirement = re.sub(r"(^|\s)#.*$", "", line).strip()
        if PASSWORD.search(requirement):
            msg = f"{REQUIREMENTS} has an address with a user or a password, which the image would keep; {HELP}"
            raise BadInputError(msg)
        if requirement and not REQUIREMENT.fullmatch(requirement) and not INDEX.fullmatch(requirement):
            msg = (
                f"{REQUIREMENTS}: {shown(requirement)} does not work in the image: allowed are names of packages with"
                f" versions, https addresses of wheels, --index-url and --extra-index-url; {HELP}"
            )
            raise BadInputError(msg)


def check_certificate_authorities(project: Path) -> None:
    """
    Check that the image can trust each file in the folder of certificate authorities of *project*.

    Raises:
        BadInputError: a file is no certificate in PEM, has the wrong suffix, or holds a private key.

    """
    folder = project / CERTIFICATES
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        if file.name == "README.md" or file.name.startswith("."):
            continue
        where = f"{CERTIFICATES}/{file.name}"
        if file.suffix != ".crt" or not file.is_file():
            msg = f"{where} must be a file whose name ends with .crt, because the image copies only those"
            raise BadInputError(msg)
        _check_certificates(file.read_bytes(), where)


def _check_certificates(content: bytes, where: str) -> None:
    if b"PRIVATE KEY" in content:
        msg = f"{where} must hold only certificates, got a private key, which everybody with the image could read"
        raise BadInputError(msg)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=content.decode("ascii"))
    except (ssl.SSLError, ValueError) as error:
        msg = (
            f"{where} must hold certificates in PEM, which begin with -----BEGIN CERTIFICATE-----: `openssl x509"
            f" -inform der -in {where}` writes one that is in DER"
        )
        raise BadInputError(msg) from error
