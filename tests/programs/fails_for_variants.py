"""Tests that ask for every variant, and fail for some: tests/test_every_variant.py runs pytest on them."""

import pytest

from tests import every_variant
from tests.template import Template

NAMES = ("east", "north", "west")


@pytest.fixture(autouse=True)
def _small_variants(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use documents that need no composition."""
    monkeypatch.setattr(every_variant, "VARIANTS", dict.fromkeys(NAMES))
    monkeypatch.setattr(every_variant, "variant", lambda name: Template({"locals": {"name": name}}))


def test_none_fails(template: Template) -> None:
    """Pass for each variant."""
    assert template.document["locals"]["name"] in NAMES


@pytest.mark.parametrize("number", [1])
def test_two_fail(number: int, template: Template) -> None:
    """Fail for the first and the last variant, in two ways."""
    name = template.document["locals"]["name"]
    assert name != "east", f"wrong: {number}"
    with pytest.raises(KeyError):
        {"west": 1, "north": 1}.pop("none" if name == "north" else name)
