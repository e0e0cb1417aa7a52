"""
Run a test that asks for `template` once for every variant.

All variants are one item of pytest, because each item costs about half a millisecond and there are over a thousand.
"""

import inspect
from dataclasses import dataclass

import pytest

from tests.variants import VARIANTS, variant


@dataclass(frozen=True)
class EveryVariant:
    """What the fixture `template` is until the test is called with each template in turn."""

    request: pytest.FixtureRequest

    def call(self, item: pytest.Function) -> None:
        """Call the test of *item* with each template, and report each variant for which it fails."""
        arguments = {name: item.funcargs[name] for name in inspect.signature(item.obj).parameters}
        failures: dict[str, BaseException] = {}
        for name in sorted(VARIANTS):
            try:
                item.obj(**arguments | {"template": variant(name)})
            except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 it is raised again below
                failures[name] = error
        if failures:
            subtests: pytest.Subtests = self.request.getfixturevalue("subtests")
            for name, failure in failures.items():
                with subtests.test(name):
                    raise failure
