"""The settings that docs/new-account.md has for the free plan."""

import pytest

from constructs_lib.settings.settings import Settings
from tests.terraform.deployment import Deploy
from tests.test_docs import PROJECT, blocks

pytestmark = pytest.mark.terraform


def test_the_free_plan_takes_the_documented_stage(deploy: Deploy) -> None:
    """The stage in docs/new-account.md can be applied under the free plan's rules."""
    [text] = [block for block in blocks(PROJECT / "docs" / "new-account.md", "python") if "Settings(" in block]
    deployment = deploy(eval(text, {"Settings": Settings}))  # noqa: S307 the project's own text
    deployment.environment["STANDIN_FREE_PLAN"] = "1"

    deployment.apply()
    assert deployment.try_terraform("plan", "-detailed-exitcode").returncode == 0


def test_the_free_plan_refuses_the_defaults(deploy: Deploy) -> None:
    """The default stage is refused under the free plan's rules."""
    deployment = deploy(Settings(stage="dev"))
    deployment.environment["STANDIN_FREE_PLAN"] = "1"

    ended = deployment.try_apply()

    assert ended.returncode == 1
    assert "FreeTierRestrictionError" in ended.stdout
