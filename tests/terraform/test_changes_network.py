"""Changes of a live stage: its network, its database, a service for each process."""

import pytest

from tests.terraform.changes import Step, steps
from tests.terraform.changes_page import check_row
from tests.terraform.deployment import Deploy
from tests.terraform.live_stage import LiveStages

pytestmark = pytest.mark.terraform


@pytest.fixture(name="stages", scope="module")
def _stages(deploy: Deploy) -> LiveStages:
    return LiveStages(deploy)


@pytest.mark.parametrize("step", steps("network", "existing", "split"), ids=str)
def test_a_change_is_applied_or_refused(stages: LiveStages, step: Step) -> None:
    """Each change is applied with an empty next plan, or refused in a sentence."""
    check_row(step, stages.take(step))
