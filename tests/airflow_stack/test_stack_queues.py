"""Promises of the whole stack: who may send and receive the messages that run code on workers."""

import json
from collections.abc import Mapping

import pytest

from tests.airflow_on_fargate.pipeline_roles.evaluator import Request, allows
from tests.template import Properties, Template
from tests.variants import SOMEBODY, with_other_values

MESSAGES = ("sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")
ADMINISTRATOR = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
USER = "arn:aws:iam::123456789012:user/somebody"


def queue_policies(template: Template) -> Mapping[str, Properties]:
    """Return the policy of each queue by the queue's ARN."""
    return {
        each["queue_url"].replace(".url}", ".arn}"): json.loads(each["policy"])
        for each in template.all("aws_sqs_queue_policy").values()
    }


def call(action: str, queue: str, principal: str) -> Request:
    """Return a call of *principal* over TLS."""
    known = {"aws:PrincipalArn": principal, "aws:PrincipalIsAWSService": "false", "aws:SecureTransport": "true"}
    return Request(action, queue, known)


def is_dead_letter(queue: str) -> bool:
    """Return whether messages end there that no worker could take."""
    return queue.endswith("_dead_letter.arn}")


@pytest.mark.parametrize("principal", [SOMEBODY, USER])
def test_an_administrator_reaches_no_message(principal: str, template: Template) -> None:
    """An administrator of the account can change a queue's policy, but neither send nor receive messages."""
    policies = queue_policies(template)
    assert len(policies) == len(template.all("aws_sqs_queue"))

    for queue, policy in policies.items():
        for action in (*MESSAGES, "sqs:PurgeQueue"):
            assert not allows([ADMINISTRATOR, policy], call(action, queue, principal)), f"{queue}: {action}"
        assert allows([ADMINISTRATOR, policy], call("sqs:SetQueueAttributes", queue, principal)), queue
        assert allows([ADMINISTRATOR, policy], call("sqs:GetQueueAttributes", queue, principal)), queue


def test_the_scheduler_sends_and_a_pools_workers_take(template: Template) -> None:
    """Only the scheduler can send, and only a pool's workers can receive from its queue."""
    names = template.all("aws_iam_role_policy")
    roles = {name: json.loads(each["policy"]) for name, each in names.items()}
    scheduler = "airflow_task" if "airflow_task" in roles else "scheduler_task"

    for queue, policy in queue_policies(template).items():
        pool = queue.removeprefix("${aws_sqs_queue.queue_").removesuffix(".arn}")
        worker = f"worker_{pool}_task"
        may = {
            action: {
                name
                for name, role in roles.items()
                if allows([role, policy], call(action, queue, names[name]["role"].replace(".id}", ".arn}")))
            }
            for action in MESSAGES
        }
        takes = {worker if worker in roles else "airflow_task"}
        wanted = dict.fromkeys(MESSAGES, takes) | {"sqs:SendMessage": {scheduler}}
        assert may == ({action: set() for action in MESSAGES} if is_dead_letter(queue) else wanted), queue


def test_a_grant_without_the_queues_consent_is_none(template: Template) -> None:
    """A role with all rights on SQS reaches no message if the queue's policy does not allow it."""
    wide = {"Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
    for queue, policy in queue_policies(template).items():
        for name in template.all("aws_iam_role"):
            if name.startswith(("dag_tasks_", "api_server", "triggerer", "dag_processor")):
                principal = f"${{aws_iam_role.{name}.arn}}"
                assert not any(allows([wide, policy], call(action, queue, principal)) for action in MESSAGES), name


def test_sqs_moves_dead_letters(template: Template) -> None:
    """The queue's policy does not deny services of AWS, which move dead letters."""
    for queue, policy in queue_policies(template).items():
        moving = Request("sqs:SendMessage", queue, {"aws:PrincipalIsAWSService": "true", "aws:SecureTransport": "true"})
        assert allows([ADMINISTRATOR, policy], moving)


def test_named_administrators_reach_the_messages() -> None:
    """Administrators in the settings can send, receive and purge messages."""
    template = with_other_values("split")

    for queue, policy in queue_policies(template).items():
        for action in (*MESSAGES, "sqs:PurgeQueue"):
            assert allows([ADMINISTRATOR, policy], call(action, queue, SOMEBODY)), action
            assert not allows([ADMINISTRATOR, policy], call(action, queue, USER)), action


def test_the_policies_are_within_sqss_quotas(template: Template) -> None:
    """The queues' policies are within SQS's quotas."""
    for policy in queue_policies(template).values():
        assert len(policy["Statement"]) <= 20
        assert all(len(each["Action"]) <= 7 for each in policy["Statement"] if isinstance(each["Action"], list))
        assert len(json.dumps(policy)) <= 8192 // 2
