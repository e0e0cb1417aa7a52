"""Stages side by side in one account, and those that are protected."""

from dataclasses import dataclass

import pytest

from constructs_lib.settings import Settings
from tests.terraform.cloud import Cloud
from tests.terraform.deployment import Deploy

pytestmark = pytest.mark.terraform

DEV = Settings(stage="dev")
PROD = Settings(stage="prod", topology="split", protected=True)


@dataclass(frozen=True)
class Life:
    """What became of two stages in one account: all that was live, by file, at each step."""

    prod: dict[str, bytes]
    both: dict[str, bytes]
    without_dev: dict[str, bytes]
    refusal: tuple[int, str]
    state: str
    refused: dict[str, bytes]
    state_after_refusal: str
    destroyed: dict[str, bytes]


@pytest.fixture(name="life", scope="module")
def _life(deploy: Deploy, tmp_path_factory: pytest.TempPathFactory) -> Life:
    """Make both, remove the one, try to remove the protected one, allow it and remove it."""
    cloud = Cloud(tmp_path_factory.mktemp("cloud"))
    prod = deploy(PROD, cloud=cloud)
    prod.apply()
    only_prod = cloud.files()
    dev = deploy(DEV, cloud=cloud)
    dev.apply()
    both = cloud.files()
    dev.destroy()
    without_dev = cloud.files()
    state = prod.state()
    refusal = prod.try_terraform("destroy", "-auto-approve")
    refused, state_after_refusal = cloud.files(), prod.state()
    prod.compose(prod.settings.model_copy(update={"protected": False}))
    prod.apply()
    prod.destroy()
    return Life(
        prod=only_prod,
        both=both,
        without_dev=without_dev,
        refusal=(refusal.returncode, refusal.stdout),
        state=state,
        refused=refused,
        state_after_refusal=state_after_refusal,
        destroyed=cloud.files(),
    )


def test_stages_live_side_by_side(life: Life) -> None:
    """A second stage finds no name taken and touches nothing of the first one."""
    assert life.prod.items() < life.both.items()


def test_destroying_a_stage_leaves_the_other(life: Life) -> None:
    """All that the first one has made is as it was."""
    assert life.without_dev == life.prod


def test_a_protected_stage_refuses_to_be_destroyed(life: Life) -> None:
    """Terraform says so while planning, naming what holds data."""
    code, text = life.refusal

    assert code == 1
    assert "Instance cannot be destroyed" in text
    assert "aws_db_instance.database" in text


def test_the_refusal_touches_nothing(life: Life) -> None:
    """The state and all that is live are what they were before."""
    assert life.refused == life.without_dev
    assert life.state_after_refusal == life.state


def test_a_stage_that_is_protected_no_longer_can_be_destroyed(life: Life) -> None:
    """A deployment with `protected = False` lifts the protection, and a destroy then leaves nothing."""
    assert life.destroyed == {}
