"""A stage as `make synth` composes it."""

import json
from pathlib import Path

import pytest

from constructs_lib.settings.worker_pool import WorkerPool
from tests.variants import changed, variant


@pytest.fixture(name="composed", scope="session")
def _composed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of two stacks: `prod` has 0 to 20 workers, `ec2` has a pool on EC2."""
    stacks = tmp_path_factory.mktemp("stacks")
    prod = changed("split", worker_pools={"default": WorkerPool(min=0, max=20)})
    for stage, template in {"prod": prod, "ec2": variant("ec2")}.items():
        (stacks / f"airflow-{stage}").mkdir()
        (stacks / f"airflow-{stage}" / "cdk.tf.json").write_text(json.dumps(template.document))
    return stacks
