"""The order of creation that Terraform cannot see in references."""

import pytest
from cdktf import TerraformStack, Testing
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from constructs import Construct, DependencyGroup

from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.engine.order import Ready, create_after
from tests.template import Template


def test_each_address_is_waited_for_once(stack: AddressedStack) -> None:
    """Each address of all calls is in `depends_on` once, sorted."""
    first, second, third = (SqsQueue(stack, name) for name in ("First", "Second", "Third"))

    create_after(first, third)
    create_after(first, second, Ready(second))

    template = Template.of(stack)
    assert template.all("aws_sqs_queue")["first"]["depends_on"] == ["aws_sqs_queue.second", "aws_sqs_queue.third"]
    assert template.needs("aws_sqs_queue.first") == {"aws_sqs_queue.second", "aws_sqs_queue.third"}


@pytest.mark.parametrize("group", [Ready, DependencyGroup])
def test_what_comes_later_is_waited_for(group: type[Ready] | type[DependencyGroup], stack: AddressedStack) -> None:
    """A group, of the library or of the engine, that grows after the call has its final content in `depends_on`."""
    first, grows = SqsQueue(stack, "First"), group()
    create_after(first, grows)

    grows.add(DependencyGroup(SqsQueue(stack, "Second")))

    assert Template.of(stack).all("aws_sqs_queue")["first"]["depends_on"] == ["aws_sqs_queue.second"]


@pytest.mark.parametrize(("kind", "name"), [(AddressedStack, "jobs_second"), (TerraformStack, "Jobs_Second_6F22103C")])
def test_addresses_are_those_of_the_stack(kind: type[TerraformStack], name: str) -> None:
    """Depending on a construct means depending on all its resources, under the stack's addresses."""
    stack = kind(Testing.app(), "airflow-dev")
    first, jobs = SqsQueue(stack, "First"), Construct(stack, "Jobs")
    SqsQueue(jobs, "Second")

    create_after(first, jobs)

    template = Template.of(stack)
    [(_, waiting)] = [item for item in template.all("aws_sqs_queue").items() if item[0].lower() == "first"]
    assert waiting["depends_on"] == [f"aws_sqs_queue.{name}"]
    assert name in template.all("aws_sqs_queue")
