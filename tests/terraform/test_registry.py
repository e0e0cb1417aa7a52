"""The configuration and the real AWS provider."""

import json
import os
import shutil
import urllib.request
from pathlib import Path

import pytest

from tests.requirements_of_machine import require
from tests.terraform.deployment import compose, make_project, output, run
from tests.terraform.variants import TASKS, VARIANTS

pytestmark = pytest.mark.terraform

REGISTRY = "https://registry.terraform.io/.well-known/terraform.json"


@pytest.fixture(name="plugins", scope="module")
def _plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder for the provider, so that it is downloaded once."""
    require("the command terraform", present=shutil.which("terraform") is not None)
    try:
        urllib.request.urlopen(REGISTRY, timeout=5).close()
    except OSError as error:
        # Not `require`: no machine can be made to have the internet, and the provider's schema is the stand-in's, too.
        pytest.skip(f"{REGISTRY} cannot be reached from here: {error}")
    return tmp_path_factory.mktemp("plugins")


@pytest.mark.parametrize("name", VARIANTS)
def test_the_real_provider_finds_nothing_wrong(name: str, plugins: Path, tmp_path: Path) -> None:
    """The real provider reports no error and no warning."""
    folder = compose(make_project(tmp_path / "project", TASKS.get(name, {})), VARIANTS[name])
    environment = {**os.environ, "TF_PLUGIN_CACHE_DIR": str(plugins), "CHECKPOINT_DISABLE": "1"}
    output(run("terraform", "init", "-backend=false", folder=folder, environment=environment))
    validated = json.loads(run("terraform", "validate", "-json", folder=folder, environment=environment).stdout)

    assert validated["diagnostics"] == []
