"""What must be there before a service starts."""

from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue

from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.engine.order import create_after
from tests.template import Template


def test_each_address_is_waited_for_once(stack: AddressedStack) -> None:
    """In the order of their addresses, whatever the order in which they were named."""
    first, second, third = (SqsQueue(stack, name) for name in ("First", "Second", "Third"))

    create_after(first, [third, second, third])

    template = Template.of(stack)
    assert template.all("aws_sqs_queue")["first"]["depends_on"] == ["aws_sqs_queue.second", "aws_sqs_queue.third"]
    assert template.needs("aws_sqs_queue.first") == {"aws_sqs_queue.second", "aws_sqs_queue.third"}
