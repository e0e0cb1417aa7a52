"""What a destroy would be refused."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.programs


def _state(**attributes: object) -> str:
    resource = {"type": "aws_db_instance", "name": "database", "instances": [{"attributes": attributes}]}
    return json.dumps({"version": 4, "resources": [resource]})


def _run(state: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "airflow_on_fargate.deployed_protection"]
    return subprocess.run(command, input=state, text=True, capture_output=True, check=False)


@pytest.mark.parametrize("attribute", ["deletion_protection", "enable_deletion_protection"])
def test_what_aws_protects_is_named(attribute: str) -> None:
    """A state with protected resources is refused in a sentence that names them and what to do."""
    process = _run(_state(**{attribute: True}))

    assert process.returncode == 1
    [sentence] = process.stderr.splitlines()
    assert "aws_db_instance.database" in sentence
    assert "make deploy" in sentence


@pytest.mark.parametrize("state", [_state(deletion_protection=False), _state(), '{"version": 4, "resources": []}', ""])
def test_what_is_not_protected_may_go(state: str) -> None:
    """A state without protected resources, or without any, is accepted without a message."""
    process = _run(state)

    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")
