import os
from pathlib import Path

import pytest

from constructs_lib.airflow.airflow_image import check_requirements
from constructs_lib.shared.bad_input import BadInputError

ALLOWED = r"""
# a comment
toolz
toolz==1.0.0  # why
apache-airflow-providers-mysql[a, b-c] >=6.0, <7 ; python_version < "3.13"
requests ~= 2.31, != 2.32.0
own (>=1.0)
own @ https://example.com/own-1.0-py3-none-any.whl#sha256=00ff
own@https://example.com/own-1.0-py3-none-any.whl ; sys_platform == "linux"
toolz===1.0.0 \
    --hash=sha256:00ff \
    --hash=sha256:11ee
--index-url https://packages.example.com/simple
--extra-index-url=https://packages.example.com/simple
-i https://packages.example.com/simple
"""
REFUSED = (
    *("-r other.txt", "--requirement=other.txt", "-c limits.txt", "--constraint limits.txt", "-e ./package", "-e ."),
    *("./package", "../package", "/opt/package", "folder/package", "package-1.0-py3-none-any.whl", "package.tar.gz"),
    *("package @ file:///opt/package", "package @ ./package", "file:package", "git+https://example.com/package.git"),
    *(
        "package @ git+https://example.com/package.git",
        "https://example.com/package.tar.gz",
        "package @ https://a/b.zip",
    ),
    *("--find-links wheels", "-f wheels", "--no-index", "--no-binary :all:", "--trusted-host a", "--pre"),
    *("toolz==${VERSION}", "--index-url https://${HOST}/simple", "--index-url http://a", "toolz 1.0", "toolz; $(id)"),
)


def test_packages_and_indexes_are_allowed(tmp_path: Path) -> None:
    """Packages, addresses of wheels and indexes are accepted, also on lines that a backslash continues."""
    (tmp_path / "requirements.txt").write_text(ALLOWED, encoding="utf-8-sig")

    check_requirements(tmp_path)


def test_no_file_asks_for_nothing(tmp_path: Path) -> None:
    """A project without requirements.txt is accepted."""
    check_requirements(tmp_path)


@pytest.mark.parametrize("line", REFUSED)
def test_what_the_image_cannot_install_is_refused(tmp_path: Path, line: str) -> None:
    """Files and folders of the project, sources, and options of pip other than an index are refused."""
    (tmp_path / "requirements.txt").write_text(f"toolz\n{line}\n")

    with pytest.raises(BadInputError) as refused:
        check_requirements(tmp_path)

    assert str(refused.value).startswith(f"requirements.txt: {line!r} does not work in the image: allowed are ")


def test_a_password_is_refused_and_not_repeated(tmp_path: Path) -> None:
    """An address with a password is refused, and the sentence does not repeat the password."""
    (tmp_path / "requirements.txt").write_text("--index-url https://user:opensesame@example.com/simple\n")

    with pytest.raises(BadInputError, match="has an address with a user or a password") as refused:
        check_requirements(tmp_path)

    assert "opensesame" not in str(refused.value)


@pytest.mark.parametrize("content", [os.fsencode("toolz # gr\xf6\xdfer".encode("latin-1")), "toolz".encode("utf-16")])
def test_another_encoding_is_refused(tmp_path: Path, content: bytes) -> None:
    """A requirements.txt that is not UTF-8 is refused in a sentence."""
    (tmp_path / "requirements.txt").write_bytes(content)

    with pytest.raises(BadInputError, match=r"^requirements.txt must be "):
        check_requirements(tmp_path)


def test_a_long_line_is_shortened(tmp_path: Path) -> None:
    """A long line is shortened in the sentence, without control characters."""
    (tmp_path / "requirements.txt").write_text(f"-r \x1b[31m{'a' * 200}\n")

    with pytest.raises(BadInputError, match=r"^requirements.txt: '-r [ -~]{20,80} does not work in the image"):
        check_requirements(tmp_path)
