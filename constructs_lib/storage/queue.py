"""The queue between the scheduler and the workers of a pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from cdktf_cdktf_provider_aws.sqs_queue_policy import SqsQueuePolicy
from constructs import Construct

from constructs_lib.engine.template import json_document
from constructs_lib.iam.policy import deny_others, policy_document, tls_only
from constructs_lib.settings.worker_pool import DEAD_LETTER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from constructs_lib.iam.task_role import Grantable

MAX_RECEIVE_COUNT = 5
DEAD_LETTER_RETENTION_SEC = 14 * 24 * 3600
CONSUME = ("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage")


class Queue(Construct):
    """
    Define an SQS queue for Celery, and its dead-letter queue.

    A message moves to the dead-letter queue after five receives. Celery neither creates nor lists queues, so no grant
    allows that. The queues' policies refuse messages from and to all roles without a grant, except
    *administrator_arns*. The default times are AWS's.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        visibility_timeout_sec: int = 30,
        retention_sec: int = 4 * 24 * 3600,
        administrator_arns: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id_)

        dead_letters = SqsQueue(
            self,
            "DeadLetter",
            name=f"{name}{DEAD_LETTER}",
            message_retention_seconds=DEAD_LETTER_RETENTION_SEC,
            sqs_managed_sse_enabled=True,
        )
        queue = SqsQueue(
            self,
            "Resource",
            name=name,
            visibility_timeout_seconds=visibility_timeout_sec,
            message_retention_seconds=retention_sec,
            receive_wait_time_seconds=20,
            sqs_managed_sse_enabled=True,
            redrive_policy=json_document(
                {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": MAX_RECEIVE_COUNT}
            ),
        )
        self.url = queue.url
        self._arn = queue.arn
        self._administrators = administrator_arns
        self._senders: set[str] = set()
        self._consumers: set[str] = set()
        self._policy = SqsQueuePolicy(self, "Policy", queue_url=queue.url, policy=self._document())
        SqsQueuePolicy(
            self,
            "DeadLetterPolicy",
            queue_url=dead_letters.url,
            policy=self._closed(dead_letters.arn),
        )

    def grant_send(self, grantee: Grantable) -> None:
        """Allow `sqs:SendMessage`, and `sqs:GetQueueAttributes`, which kombu calls before it publishes."""
        grantee.role.allow(["sqs:GetQueueAttributes", "sqs:SendMessage"], [self._arn])
        self._senders.add(grantee.role.arn)
        self._policy.policy = self._document()

    def grant_consume(self, grantee: Grantable) -> None:
        """Allow to receive and delete messages and to change their visibility, not to send any."""
        grantee.role.allow([*CONSUME, "sqs:GetQueueAttributes"], [self._arn])
        self._consumers.add(grantee.role.arn)
        self._policy.policy = self._document()

    def _document(self) -> str:
        return self._closed(self._arn, senders=self._senders, consumers=self._consumers)

    def _closed(self, arn: str, *, senders: Iterable[str] = (), consumers: Iterable[str] = ()) -> str:
        """
        Return a policy that refuses messages from and to all other roles, even where a role's policy allows them.

        A worker runs what a message says, and a message holds the token of a task instance. The policy refuses
        `sqs:SetQueueAttributes` to no role: Terraform changes the policy, and so can an administrator.
        """
        return policy_document(
            [
                tls_only("sqs:*", [arn]),
                *(
                    deny_others(sid, actions, [arn], principal_arns=[*grantees, *self._administrators])
                    for sid, actions, grantees in (
                        ("SendersOnly", ["sqs:SendMessage"], senders),
                        ("ConsumersOnly", CONSUME, consumers),
                        ("AdministratorsOnly", ["sqs:PurgeQueue"], ()),
                    )
                ),
            ]
        )
