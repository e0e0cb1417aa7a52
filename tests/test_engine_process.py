"""Promises of the engine's process of tests: it takes less CPU, and refuses what the usual one refuses."""

from typing import Any

import pytest
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from constructs import Construct

from constructs_lib.engine.addressed_stack import AddressedStack


@pytest.mark.parametrize("wrong", [{"name": 1}, {"name": ["a"]}, {"delay_seconds": "1"}])
def test_a_wrong_value_is_refused_after_a_right_one(wrong: dict[str, Any], stack: AddressedStack) -> None:
    """A value of a wrong class is refused where one of the right class has passed, and one of its class elsewhere."""
    SqsQueue(stack, "Right", name="right", delay_seconds=1)

    with pytest.raises(TypeError, match=r"^type of argument "):
        SqsQueue(stack, "Wrong", **wrong)


@pytest.mark.parametrize("id_", ["Queue", "a/b", "a\nb"])
def test_a_path_is_that_of_the_engine(id_: str, stack: AddressedStack) -> None:
    """A construct and what is in it have the paths that the engine has, also where it changes an id."""
    scope = Construct(stack, id_)
    queue = SqsQueue(scope, "Resource")

    assert [scope.to_string(), queue.to_string()] == [scope.node.path, queue.node.path]
