"""A test that notes which worker of pytest-xdist has run it; as a conftest.py, the schedule of our tests."""

import os
from pathlib import Path

import pytest
from xdist.remote import Producer

from tests.schedule import Schedule


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Schedule:
    """Share the tests out as the project does."""
    return Schedule(config, log)


def test_notes() -> None:
    """Note the worker."""
    Path(__file__).with_suffix(".worker").write_text(os.environ["PYTEST_XDIST_WORKER"])
