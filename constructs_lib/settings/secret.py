"""A secret: how a user names one, and which value each of the stack's own has."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from constructs_lib.settings.partition import arn_pattern
from constructs_lib.shared.bad_input import shown
from constructs_lib.shared.user_model import UserModel

NAME = r"(?!arn:)[\w+=.@!-][\w/+=.@!-]{0,511}"
"""AWS: Secrets Manager, `CreateSecret`; the names of secrets that another service manages hold a `!`."""
PATH = r"(/[\w.-]+)+"
"""AWS: Systems Manager, "Creating parameters"; a name that begins with `/` is a parameter's here."""
ARN = arn_pattern("secretsmanager", r"secret:[\w/+=.@!-]{1,512}-[A-Za-z0-9]{6}")
PARAMETER_ARN = arn_pattern("ssm", rf"parameter{PATH}")
PART = r"(:(?P<key>[^:\s]*)(:(?P<stage>[^:\s]*)(:(?P<version>[^:\s]*))?)?)?"
"""Of ECS's grammar, `:json-key:version-stage:version-id`, of which the end may be missing."""


@dataclass(frozen=True)
class SecretName:
    """
    A secret, and what of it is wanted.

    `whole` is the path or the ARN of an SSM parameter, or the name or the ARN of a secret in Secrets Manager; `part`
    the key of its JSON and its version, as ECS wants them behind the ARN, or nothing.
    """

    service: Literal["secretsmanager", "ssm"]
    whole: str
    part: str = ""

    @property
    def is_arn(self) -> bool:
        """Whether `whole` is an ARN, of which nothing has to be looked up."""
        return self.whole.startswith("arn:")


def parse_secret_name(text: str) -> SecretName:
    """
    Return what *text* names.

    Raises:
        ValueError: it is no such name.

    """
    if re.fullmatch(rf"{PARAMETER_ARN}|{PATH}", text, re.ASCII):
        return SecretName("ssm", text)
    found = re.fullmatch(rf"(?P<whole>{ARN}|{NAME}){PART}", text, re.ASCII)
    if not found:
        msg = (
            "must be the name of a secret in Secrets Manager, the path of an SSM parameter ('/...'), or the whole ARN"
            f" of one of them, with a key of the secret's JSON if you want, as in 'prod/db:password', got {shown(text)}"
        )
        raise ValueError(msg)
    key, stage, version = (found[each] or "" for each in ("key", "stage", "version"))
    if stage and version:
        msg = f"must name the stage of a secret's version or the version's id, not both, got {shown(text)}"
        raise ValueError(msg)
    return SecretName("secretsmanager", found["whole"], f":{key}:{stage}:{version}" if key or stage or version else "")


def _check(value: str) -> str:
    parse_secret_name(value)
    return value


def _check_whole(value: str) -> str:
    name = parse_secret_name(value)
    if name.service != "secretsmanager" or name.part:
        msg = f"must be the name or the whole ARN of a secret in Secrets Manager, without a key, got {shown(value)}"
        raise ValueError(msg)
    return value


SecretNameText = Annotated[str, AfterValidator(_check)]
"""The text that names a secret."""
WholeSecretName = Annotated[str, AfterValidator(_check_whole)]
"""The text that names a secret in Secrets Manager as a whole."""


class KeyVersions(UserModel):
    """
    How often each secret has been made anew: a higher number makes and hands out a new value on the next deploy.

    Connections and variables that Airflow encrypted with a Fernet key are unreadable with the next one.
    """

    fernet: int = Field(default=1, ge=1)
    jwt: int = Field(default=1, ge=1)
    api: int = Field(default=1, ge=1)
    database: int = Field(default=1, ge=1)
    database_worker: int = Field(default=1, ge=1)
    """The password of the role with which workers use the database."""
    admin: int = Field(default=1, ge=1)
