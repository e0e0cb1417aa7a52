"""The ARNs of a stage's resources that are known before a deployment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from constructs_lib.settings.partition import partition_of
from constructs_lib.settings.tags import tags_of

if TYPE_CHECKING:
    from constructs_lib.settings.settings import Settings

Statement = Mapping[str, Any]
Conditions = Mapping[str, Mapping[str, str | Sequence[str]]]
UNKNOWN = "*"
"""The account of a stage whose settings name none; a role's policy rarely has effect outside its own account."""
STACK = "Stack"
"""The tag of all resources of a stage."""


def statement(
    sid: str, actions: Sequence[str], resources: Sequence[str], conditions: Conditions | None = None
) -> dict[str, Any]:
    """Return a statement that allows *actions* on *resources* under *conditions*; *sid* names its purpose."""
    found = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return found | ({"Condition": conditions} if conditions else {})


class StageArns:
    """The ARNs of the stage that *settings* describe, and the conditions that only its resources meet."""

    def __init__(self, settings: Settings) -> None:
        self.name = settings.name
        self._region = settings.region
        self._partition = partition_of(settings.region).name
        accounts = {*settings.allowed_account_ids, *_accounts(settings.assume_role_arn)}
        self.account = accounts.pop() if len(accounts) == 1 else UNKNOWN
        self._tag = tags_of(settings)[STACK]

    @property
    def tagged(self) -> Conditions:
        """The condition that a resource has the stage's tag."""
        return {"StringEquals": {f"aws:ResourceTag/{STACK}": self._tag}}

    @property
    def made_tagged(self) -> Conditions:
        """The condition that a new resource gets the stage's tag."""
        return {"StringEquals": {f"aws:RequestTag/{STACK}": self._tag}}

    @property
    def untagged(self) -> Conditions:
        """The condition that a resource has no stage's tag."""
        return {"Null": {f"aws:ResourceTag/{STACK}": "true"}}

    def of(self, service: str, *resources: str) -> list[str]:
        """Return the ARNs of *resources* in the stage's account and region."""
        return [f"arn:{self._partition}:{service}:{self._region}:{self.account}:{each}" for each in resources]

    def public(self, service: str, *resources: str) -> list[str]:
        """Return the ARNs of *resources* in the stage's region that belong to AWS."""
        return [f"arn:{self._partition}:{service}:{self._region}::{each}" for each in resources]

    def everywhere(self, service: str, *resources: str) -> list[str]:
        """Return the ARNs of *resources* of a global service, such as IAM, in the stage's account."""
        return [f"arn:{self._partition}:{service}::{self.account}:{each}" for each in resources]

    def global_(self, service: str, *resources: str) -> list[str]:
        """Return the ARNs of *resources* whose names are unique in the world, such as buckets."""
        return [f"arn:{self._partition}:{service}:::{each}" for each in resources]

    @property
    def schedules(self) -> tuple[str, ...]:
        """The stage's schedule groups and their schedules: of the pause, and of log retention."""
        names = (self.name, f"{self.name}-*-logs")
        return tuple(pattern for name in names for pattern in (f"schedule-group/{name}", f"schedule/{name}/*"))

    @property
    def logs_bucket(self) -> str:
        """The name of the bucket for task logs."""
        return f"{self.name}-logs-{self.account}-{self._region}"

    @property
    def dags_bucket(self) -> str:
        """The name of the bucket for DAG bundles."""
        return f"{self.name}-dags-{self.account}-{self._region}"


def _accounts(role_arn: str | None) -> list[str]:
    return [role_arn.split(":")[4]] if role_arn else []
