"""What a test needs of the machine it runs on: commands, services, files that are not part of this project."""

import os

import pytest


def require(what: str, *, present: bool) -> None:
    """
    Skip the running test with the reason if *what* is not *present*; fail it where tests must not be skipped.

    The environment variable `REQUIRE_ALL=1` says that nothing may be skipped, as in continuous integration.
    """
    if present:
        return
    reason = f"{what} is missing on this machine"
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"{reason}, and REQUIRE_ALL is set", pytrace=False)
    pytest.skip(reason)
