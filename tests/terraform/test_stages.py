"""Stages side by side in one account, and those that are protected."""

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest

from airflow_on_fargate.deployed_state import DeployedState
from constructs_lib.settings.settings import Settings
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
    state_unprotected: str
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
    state_unprotected = prod.state()
    prod.destroy()
    return Life(
        prod=only_prod,
        both=both,
        without_dev=without_dev,
        refusal=(refusal.returncode, refusal.stdout),
        state=state,
        refused=refused,
        state_after_refusal=state_after_refusal,
        state_unprotected=state_unprotected,
        destroyed=cloud.files(),
    )


def test_stages_live_side_by_side(life: Life) -> None:
    """A second stage changes nothing of the first."""
    assert life.prod.items() < life.both.items()


def test_destroying_a_stage_leaves_the_other(life: Life) -> None:
    """Destroying one stage does not change the other."""
    assert life.without_dev == life.prod


def test_a_protected_stage_refuses_to_be_destroyed(life: Life) -> None:
    """Terraform refuses to destroy a protected stage, and names the resources."""
    code, text = life.refusal
    named = re.findall(r"(\w+)\.\w+\s+has\s+\W*lifecycle\.prevent_destroy", text)

    assert code == 1
    assert set(named) == {
        *("aws_db_instance", "aws_efs_file_system", "aws_lb", "aws_s3_bucket", "aws_secretsmanager_secret"),
    }


def test_the_refusal_touches_nothing(life: Life) -> None:
    """A refused destroy changes neither the state nor AWS."""
    assert life.refused == life.without_dev
    assert without_checks(life.state_after_refusal) == without_checks(life.state)


def without_checks(state: str) -> dict[str, Any]:
    """Return what *state* holds but the results of conditions, which Terraform writes in any order."""
    return {key: value for key, value in json.loads(state).items() if key != "check_results"}


def test_the_state_has_what_is_still_protected(life: Life) -> None:
    """The state shows protected resources until `protected = False` is deployed."""
    protected = sorted(DeployedState(life.state).still_protected())

    assert protected == ["aws_db_instance.database", "aws_lb.load_balancer"]
    assert list(DeployedState(life.state_unprotected).still_protected()) == []


def test_a_stage_that_is_protected_no_longer_can_be_destroyed(life: Life) -> None:
    """A stage can be destroyed after a deployment with `protected = False`."""
    assert life.destroyed == {}
