"""Promises of where the scheduler leaves work for the workers."""

import json

import pytest

from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.iam.account import Account
from constructs_lib.iam.task_role import TaskRole
from constructs_lib.storage.queue import Queue
from tests.template import Template
from tests.variants import variant


class Peer:
    """Something with a role."""

    def __init__(self, stack: AddressedStack, account: Account) -> None:
        self.role = TaskRole(stack, "TaskRole", account=account, name="peer")


@pytest.fixture(name="queue")
def _queue(stack: AddressedStack) -> Queue:
    return Queue(stack, "Queue", name="airflow-dev-default", visibility_timeout_sec=600)


@pytest.mark.usefixtures("queue")
def test_a_message_nobody_can_take_ends_elsewhere(stack: AddressedStack) -> None:
    """After five receives a message moves to the dead-letter queue, which keeps it for SQS's maximum."""
    queues = Template.of(stack).all("aws_sqs_queue")
    redrive = json.loads(queues["queue"]["redrive_policy"])

    assert redrive == {"deadLetterTargetArn": "${aws_sqs_queue.queue_dead_letter.arn}", "maxReceiveCount": 5}
    assert queues["queue_dead_letter"]["message_retention_seconds"] == 14 * 24 * 3600
    assert {each["name"] for each in queues.values()} == {"airflow-dev-default", "airflow-dev-default-dead-letter"}


@pytest.mark.usefixtures("queue")
def test_polls_are_long(stack: AddressedStack) -> None:
    """Polls have SQS's maximum, and messages of a lost worker return after ten minutes."""
    queue = Template.of(stack).all("aws_sqs_queue")["queue"]

    assert (queue["receive_wait_time_seconds"], queue["visibility_timeout_seconds"]) == (20, 600)


@pytest.mark.usefixtures("queue")
def test_what_is_queued_on_friday_evening_is_there_on_monday(stack: AddressedStack) -> None:
    """A message survives a weekend without workers."""
    queues = Template.of(stack).all("aws_sqs_queue")
    kept = queues["queue"]["message_retention_seconds"]

    assert kept >= 3 * 24 * 3600
    # SQS counts from when the message was sent first (developer guide, "Using dead-letter queues").
    assert queues["queue_dead_letter"]["message_retention_seconds"] - kept >= 7 * 24 * 3600


def test_a_queue_has_the_name_of_its_pool() -> None:
    """The queue has its pool's name, with `-` on AWS."""
    queues = variant("worker_pools").all("aws_sqs_queue")

    assert queues["queue_high_memory"]["name"] == "airflow-pools-high-memory"
    assert queues["queue_high_memory_dead_letter"]["name"] == "airflow-pools-high-memory-dead-letter"


def test_who_sends_does_not_take(stack: AddressedStack, account: Account, queue: Queue) -> None:
    """The scheduler can send messages and read the queue's attributes, and not receive."""
    queue.grant_send(Peer(stack, account))

    assert Template.of(stack).actions("task") == {"sqs:GetQueueAttributes", "sqs:SendMessage"}


def test_who_takes_does_not_send(stack: AddressedStack, account: Account, queue: Queue) -> None:
    """A worker can receive, hide and delete messages, and not send."""
    queue.grant_consume(Peer(stack, account))

    assert Template.of(stack).actions("task") == {
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
    }


def test_dead_letters_are_nobodys(stack: AddressedStack, account: Account, queue: Queue) -> None:
    """No role can access the dead-letter queue."""
    peer = Peer(stack, account)
    queue.grant_send(peer)
    queue.grant_consume(peer)

    assert {resource for _, each in Template.of(stack).statements() for resource in each["Resource"]} == {
        "${aws_sqs_queue.queue.arn}"
    }
