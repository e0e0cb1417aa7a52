"""Where the scheduler leaves work for the workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from cdktf_cdktf_provider_aws.sqs_queue_policy import SqsQueuePolicy
from constructs import Construct

from constructs_lib.names import aws_name, pascal_case
from constructs_lib.policy import policy_document, tls_only
from constructs_lib.queue_times import RETENTION_SEC, VISIBILITY_TIMEOUT_SEC
from constructs_lib.user_text import json_document
from constructs_lib.worker_pool import DEAD_LETTER

if TYPE_CHECKING:
    from constructs_lib.settings import Settings
    from constructs_lib.task_role import Grantable

MAX_RECEIVE_COUNT = 5
DEAD_LETTER_RETENTION_SEC = 14 * 24 * 3600


def queue_id(name: str) -> str:
    """Return the id of the queue that Airflow calls *name*."""
    return f"Queue{pascal_case(name)}"


class Queue(Construct):
    """
    Define an SQS queue for Celery, and the one where messages end that no worker could take.

    *name* is the one that a DAG gives. A message goes to the other queue after five receives. Celery neither makes nor
    lists queues, so no grant lets it.
    """

    def __init__(self, scope: Construct, id_: str, *, settings: Settings, name: str) -> None:
        super().__init__(scope, id_)

        on_aws = f"{settings.name}-{aws_name(name)}"
        dead_letters = SqsQueue(
            self,
            "DeadLetter",
            name=f"{on_aws}{DEAD_LETTER}",
            message_retention_seconds=DEAD_LETTER_RETENTION_SEC,
            sqs_managed_sse_enabled=True,
        )
        queue = SqsQueue(
            self,
            "Resource",
            name=on_aws,
            visibility_timeout_seconds=VISIBILITY_TIMEOUT_SEC,
            message_retention_seconds=RETENTION_SEC,
            receive_wait_time_seconds=20,
            sqs_managed_sse_enabled=True,
            redrive_policy=json_document(
                {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": MAX_RECEIVE_COUNT}
            ),
        )
        for id_of_policy, each in (("Policy", queue), ("DeadLetterPolicy", dead_letters)):
            SqsQueuePolicy(
                self, id_of_policy, queue_url=each.url, policy=policy_document([tls_only("sqs:*", [each.arn])])
            )

        self.url = queue.url
        self._arn = queue.arn

    def grant_send(self, grantee: Grantable) -> None:
        """Allow `sqs:SendMessage`, and `sqs:GetQueueAttributes`, which kombu calls before it publishes."""
        grantee.role.allow(["sqs:GetQueueAttributes", "sqs:SendMessage"], [self._arn])

    def grant_consume(self, grantee: Grantable) -> None:
        """Allow to receive and delete messages and to change their visibility, not to send any."""
        grantee.role.allow(
            ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            [self._arn],
        )
