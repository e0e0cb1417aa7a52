"""A statement of an IAM policy, as people write it into the settings or a task.toml."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _action(value: str) -> str:
    service, colon, name = value.partition(":")
    if not (service and colon and name) or "*" in service or not name.strip("*?"):
        msg = f"must be a service and an action such as 's3:GetObject', not a wildcard for all, got {value!r}"
        raise ValueError(msg)
    return value


def _resource(value: str) -> str:
    if value != "*" and not value.startswith("arn:"):
        msg = f"must be an ARN, or '*' for actions that AWS limits to no resource, got {value!r}"
        raise ValueError(msg)
    return value


class Permission(BaseModel):
    """Allow *actions* on *resources*; goes into one role and no other."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    actions: tuple[Annotated[str, AfterValidator(_action)], ...] = Field(min_length=1)
    resources: tuple[Annotated[str, AfterValidator(_resource)], ...] = Field(min_length=1)
