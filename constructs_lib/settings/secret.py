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
"""AWS: Systems Manager, "Creating parameters". A name that starts with `/` is that of a parameter."""
ARN = arn_pattern("secretsmanager", r"secret:[\w/+=.@!-]{1,512}-[A-Za-z0-9]{6}")
PARAMETER_ARN = arn_pattern("ssm", rf"parameter{PATH}")
PART = r"(:(?P<key>[^:\s]*)(:(?P<stage>[^:\s]*)(:(?P<version>[^:\s]*))?)?)?"
"""ECS's `:json-key:version-stage:version-id`; the end may be missing."""


@dataclass(frozen=True)
class SecretName:
    """
    A secret, or a part of it.

    `whole` is the path or the ARN of an SSM parameter, or the name or the ARN of a secret in Secrets Manager. `part` is
    the key of its JSON and its version, in the form that ECS expects after the ARN; it may be empty.
    """

    service: Literal["secretsmanager", "ssm"]
    whole: str
    part: str = ""

    @property
    def is_arn(self) -> bool:
        """Whether `whole` is an ARN, which needs no look-up."""
        return self.whole.startswith("arn:")


def parse_secret_name(text: str) -> SecretName:
    """
    Return the secret that *text* names.

    Raises:
        ValueError: it is not the name of a secret.

    """
    if re.fullmatch(rf"{PARAMETER_ARN}|{PATH}", text, re.ASCII):
        return SecretName("ssm", text)
    found = re.fullmatch(rf"(?P<whole>{ARN}|{NAME}){PART}", text, re.ASCII)
    if not found:
        msg = (
            "must be the name of a secret in Secrets Manager, the path of an SSM parameter ('/...'), or the whole ARN"
            f" of one of them; a key of the secret's JSON may follow, as in 'prod/db:password', got {shown(text)}"
        )
        raise ValueError(msg)
    key, stage, version = (found[each] or "" for each in ("key", "stage", "version"))
    if stage and version:
        msg = f"must name either a version stage or a version id, got both in {shown(text)}"
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
"""The text that names a secret in Secrets Manager, without a key of its JSON."""


class KeyVersions(UserModel):
    """
    The version of each secret: a higher number creates a new value with the next deployment.

    Airflow cannot read connections and variables that it encrypted with an earlier Fernet key.
    """

    fernet: int = Field(default=1, ge=1)
    """The key that encrypts connections and variables in the database."""
    jwt: int = Field(default=1, ge=1)
    """The key that signs the tokens of task instances."""
    api: int = Field(default=1, ge=1)
    """The key that signs sessions of the UI and requests for logs of running tasks."""
    database: int = Field(default=1, ge=1)
    """The password of the database's owner."""
    database_worker: int = Field(default=1, ge=1)
    """The password of the role with which workers use the database."""
    admin: int = Field(default=1, ge=1)
    """The password of Airflow's user `admin`."""
