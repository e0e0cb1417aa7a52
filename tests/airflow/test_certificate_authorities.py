"""Promises of the certificate authorities that the image trusts."""

import ssl
from pathlib import Path

import pytest

from constructs_lib.airflow.airflow_image import CERTIFICATES, airflow_context, check_certificate_authorities
from constructs_lib.push_image.image_content import content_hash
from constructs_lib.shared.bad_input import BadInputError
from tests.certificates import make_authority
from tests.clone import PROJECT


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """Return the folder for certificates of a project that has nothing else."""
    folder = tmp_path / CERTIFICATES
    folder.mkdir(parents=True)
    (folder.parent / "Dockerfile").touch()
    (tmp_path / ".dockerignore").write_bytes((PROJECT / ".dockerignore").read_bytes())
    return folder


def test_certificates_are_taken(folder: Path, tmp_path: Path) -> None:
    """A file can hold several certificates, a README.md is ignored, and the folder can be missing."""
    authority = make_authority(tmp_path)
    (folder / "ours.crt").write_bytes(authority.certificate.read_bytes() * 2)
    (folder / "README.md").write_text("Ours")
    (folder / ".gitkeep").touch()

    check_certificate_authorities(tmp_path)
    check_certificate_authorities(tmp_path / "nowhere")


def test_another_certificate_is_another_image(folder: Path, tmp_path: Path) -> None:
    """Another certificate changes the tag of the image, and another README.md does not."""
    before = content_hash(airflow_context(tmp_path), architecture="ARM64")
    (folder / "README.md").write_text("Ours")
    beside = content_hash(airflow_context(tmp_path), architecture="ARM64")
    (folder / "ours.crt").write_bytes(make_authority(tmp_path).certificate.read_bytes())

    assert before == beside != content_hash(airflow_context(tmp_path), architecture="ARM64")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("ours.pem", "", "ours.pem must be a file whose name ends with .crt, because the image copies only"),
        ("ours.CRT", "", "ours.CRT must be a file whose name ends with .crt"),
        ("ours.crt", "", "ours.crt must hold certificates in PEM, which begin with -----BEGIN CERTIFICATE-----"),
        ("ours.crt", "\N{LATIN SMALL LETTER A WITH DIAERESIS}", "ours.crt must hold certificates in PEM"),
        (
            "ours.crt",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "ours.crt must hold certificates",
        ),
        ("ours.crt", "-----BEGIN RSA PRIVATE KEY-----", "ours.crt must hold only certificates, got a private key"),
    ],
)
def test_anything_else_is_refused(folder: Path, tmp_path: Path, name: str, content: str, sentence: str) -> None:
    """A file that is not a certificate in PEM is refused before an image is built."""
    (folder / name).write_text(content, encoding="utf-8")

    with pytest.raises(BadInputError) as refused:
        airflow_context(tmp_path)

    assert str(refused.value).startswith(f"{CERTIFICATES}/{sentence}")


def test_a_folder_and_a_certificate_in_der_are_refused(folder: Path, tmp_path: Path) -> None:
    """A folder and a certificate in DER are refused, and the sentence names the command that converts it."""
    (folder / "ours.crt").write_bytes(ssl.PEM_cert_to_DER_cert(make_authority(tmp_path).certificate.read_text()))
    with pytest.raises(BadInputError, match=r"`openssl x509 -inform der -in docker/certificates/ours\.crt` writes one"):
        airflow_context(tmp_path)
    (folder / "ours.crt").unlink()
    (folder / "more.crt").mkdir()
    with pytest.raises(BadInputError, match=r"more\.crt must be a file whose name ends with \.crt"):
        airflow_context(tmp_path)
