"""A statement of an IAM policy, in the settings of a stage or in a task.toml."""

import re
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from constructs_lib.settings.partition import PARTITIONS
from constructs_lib.shared.user_model import UserModel

SERVICE_ACTION = re.compile(r"[A-Za-z0-9-]+:(?=.*[A-Za-z0-9])[A-Za-z0-9*?]+")
"""A service and an action, not a wildcard for all (Service Authorization Reference)."""
RESOURCE = re.compile(
    rf"arn:(?:{'|'.join(each.name for each in PARTITIONS)}|\*)"
    r":[A-Za-z0-9*?-]+:[a-z0-9*?-]*:(?:[0-9*?]{0,12}|aws|amazon)"
    # Policy variables such as ${aws:username}, and any character of a key in S3.
    r":[\x20-\x7e]+"
)
"""An ARN, with `*`, `?` and policy variables (IAM User Guide, "IAM JSON policy elements: Resource")."""


def _action(value: str) -> str:
    if not SERVICE_ACTION.fullmatch(value):
        msg = f"must be a service and an action such as 's3:GetObject', not a wildcard for all actions, got {value!r}"
        raise ValueError(msg)
    return value


def _resource(value: str) -> str:
    if value != "*" and not RESOURCE.fullmatch(value):
        msg = f"must be an ARN, or '*' for actions without a resource in IAM, got {value!r}"
        raise ValueError(msg)
    return value


class Permission(UserModel):
    """Allow *actions* on *resources* to one role."""

    model_config = ConfigDict(strict=False)

    actions: tuple[Annotated[str, AfterValidator(_action)], ...] = Field(min_length=1)
    resources: tuple[Annotated[str, AfterValidator(_resource)], ...] = Field(min_length=1)
