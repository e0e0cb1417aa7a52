"""Promises of the sentence about an error."""

import sys
from pathlib import Path

import pytest

from airflow_on_fargate.one_sentence import sentence_of
from constructs_lib.push_image.product_files import PACKAGES


def test_a_full_disk_is_a_sentence() -> None:
    """Where standard output goes has no name."""
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(OSError, match="No space") as raised:
        full.write(b"x")

    assert sentence_of(raised.value) == "the output cannot be written: No space left on device"


@pytest.mark.parametrize(
    ("file", "extra"),
    [
        ("airflow_on_fargate/diagram/drawing.py", "diagram"),
        ("airflow_on_fargate/local/up.py", "local"),
        ("airflow_on_fargate/operations/services.py", "deploy"),
        ("constructs_lib/iam/aws_session.py", "deploy"),
        ("team_stacks.py", None),
    ],
)
def test_a_missing_package_names_its_extra(file: str, extra: str | None) -> None:
    """A command whose packages are not installed names the extra that has them; a user's own import is not ours."""
    program = compile("import absent_module", PACKAGES / file, "exec")
    with pytest.raises(ModuleNotFoundError) as raised:
        exec(program, {})  # noqa: S102 an import in that file

    sentence = f"absent_module is not installed in {sys.prefix}; run: pip install 'airflow-on-fargate[{extra}]'"
    assert sentence_of(raised.value) == (sentence if extra else None)
