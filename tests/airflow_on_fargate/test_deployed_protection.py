"""What a destroy would be refused."""

import json

import pytest

from airflow_on_fargate.deployed_protection import refuse_protected
from constructs_lib.shared.bad_input import BadInputError


def _state(**attributes: object) -> str:
    resource = {"type": "aws_db_instance", "name": "database", "instances": [{"attributes": attributes}]}
    return json.dumps({"version": 4, "resources": [resource]})


@pytest.mark.parametrize("attribute", ["deletion_protection", "enable_deletion_protection"])
def test_what_aws_protects_is_named(attribute: str) -> None:
    """A state with protected resources is refused in a sentence that names them and what to do."""
    with pytest.raises(BadInputError, match=r"^AWS still protects aws_db_instance.database, .* deploy .*dev first"):
        refuse_protected(_state(**{attribute: True}), stage="dev")


@pytest.mark.parametrize("state", [_state(deletion_protection=False), _state(), '{"version": 4, "resources": []}', ""])
def test_what_is_not_protected_may_go(state: str) -> None:
    """A state without protected resources, or without any, is accepted."""
    refuse_protected(state, stage="dev")
