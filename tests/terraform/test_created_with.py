"""The record of what a stage was created with."""

import pytest

from constructs_lib.settings.settings import Settings
from tests.terraform.deployment import Deploy
from tests.variants import IMAGE, TASK_IMAGE

pytestmark = pytest.mark.terraform

STAGE = Settings(stage="older", airflow_image=IMAGE, task_images={"multi_task": TASK_IMAGE, "number_task": TASK_IMAGE})


def test_an_older_stage_gets_the_record_and_can_be_destroyed(deploy: Deploy) -> None:
    """A stage of an earlier version gets its record, and a destroy does not check it."""
    deployment = deploy(STAGE)
    deployment.apply()
    deployment.terraform("state", "rm", "terraform_data.created_with_vpc_cidr")
    deployment.apply()
    bucket = deployment.settings.state_bucket
    deployment.compose(STAGE.model_copy(update={"vpc_cidr": "10.1.0.0/16", "state_bucket": bucket}))
    refused = deployment.try_terraform("plan")
    deployment.destroy()

    assert refused.returncode == 1
    assert "vpc_cidr is only for a new stage" in refused.stdout
    assert deployment.cloud.files() == {}
