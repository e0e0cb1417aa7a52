"""One name in its spellings."""

import pytest

from constructs_lib.engine.names import aws_name, pascal_case


@pytest.mark.parametrize(
    ("name", "on_aws", "id_"),
    [("spot", "spot", "Spot"), ("high_memory", "high-memory", "HighMemory"), ("api-server", "api-server", "ApiServer")],
)
def test_a_name_has_its_spellings(name: str, on_aws: str, id_: str) -> None:
    """AWS's names carry `-`, ids are in PascalCase."""
    assert (aws_name(name), pascal_case(name)) == (on_aws, id_)
