"""A stage as `make synth` composes it."""

import json
from pathlib import Path

import pytest

from constructs_lib.settings.worker_pool import WorkerPool
from tests.variants import changed


@pytest.fixture(name="composed", scope="session")
def _composed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the stacks; in it is `prod`, whose default pool has 0 to 20 workers."""
    stacks = tmp_path_factory.mktemp("stacks")
    document = changed("split", worker_pools={"default": WorkerPool(min=0, max=20)}).document
    (stacks / "airflow-prod").mkdir()
    (stacks / "airflow-prod" / "cdk.tf.json").write_text(json.dumps(document))
    return stacks
