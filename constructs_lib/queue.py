"""Where the scheduler leaves work for the workers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from cdktf_cdktf_provider_aws.sqs_queue_policy import SqsQueuePolicy
from constructs import Construct

from constructs_lib.policy import policy_document, tls_only

if TYPE_CHECKING:
    from constructs_lib.settings import Settings
    from constructs_lib.task_role import Grantable

MAX_RECEIVE_COUNT = 5
# Longer than a task instance needs to start: a message that comes again while its task runs is ignored, and after a
# worker is lost this is how long its messages stay hidden.
VISIBILITY_TIMEOUT_SEC = 600
RETENTION_SEC = 4 * 24 * 3600
DEAD_LETTER_RETENTION_SEC = 14 * 24 * 3600


class Queue(Construct):
    """
    Define an SQS queue for Celery, and the one where messages end that no worker could take.

    A message goes there after five receives. Celery neither makes nor lists queues, so no grant lets it.
    """

    def __init__(self, scope: Construct, id_: str, *, settings: Settings, name: str) -> None:
        super().__init__(scope, id_)

        dead_letters = SqsQueue(
            self,
            "DeadLetter",
            name=f"{settings.name}-{name}-dead-letter",
            message_retention_seconds=DEAD_LETTER_RETENTION_SEC,
            sqs_managed_sse_enabled=True,
        )
        queue = SqsQueue(
            self,
            "Resource",
            name=f"{settings.name}-{name}",
            visibility_timeout_seconds=VISIBILITY_TIMEOUT_SEC,
            message_retention_seconds=RETENTION_SEC,
            receive_wait_time_seconds=20,
            sqs_managed_sse_enabled=True,
            redrive_policy=json.dumps({"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": MAX_RECEIVE_COUNT}),
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
