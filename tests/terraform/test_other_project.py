"""Terraform with a stack of another project."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from constructs_lib.network.network import Nat
from tests.other_project import composed
from tests.terraform.deployment import output, run


@pytest.mark.terraform
@pytest.mark.parametrize("nat", ["single", "none"])
def test_terraform_accepts_it(nat: Nat, environment: Mapping[str, str], tmp_path: Path) -> None:
    """Terraform accepts the JSON of another project's stack."""
    (tmp_path / "cdk.tf.json").write_text(json.dumps(composed(nat).document))

    for words in (("init", "-backend=false"), ("validate",)):
        output(run("terraform", *words, folder=tmp_path, environment=environment))
