"""The marks of tests that need the stack's AWS endpoint."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that start the stack's AWS endpoint: they are no unit tests."""
    for item in items:
        if {"endpoint", "own_endpoint", "provisioned"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("local")
