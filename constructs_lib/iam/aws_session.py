"""The boto3 session of programs that call AWS themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.credentials import RefreshableCredentials

if TYPE_CHECKING:
    from botocore.credentials import Credentials

RENEWED_BY = "sts-assume-role"
"""How botocore names credentials of this kind."""


def aws_session(region: str, assume_role_arn: str | None, *, name: str) -> boto3.Session:
    """
    Return a session of boto3 in *region*, with *assume_role_arn* in that role, as the Terraform provider works.

    boto3 finds credentials and endpoint where Terraform finds them; AWS's audit log shows *name*.
    The credentials of a role are valid for an hour ("DurationSeconds" of AWS's AssumeRole); botocore renews them a
    quarter of an hour earlier, for as long as the session is used.

    Raises:
        BotoCoreError, ClientError: AWS is not reached, or does not let the caller have the role.

    """
    session = boto3.Session(region_name=region)
    if not assume_role_arn:
        return session
    sts = session.client("sts")

    def assume() -> dict[str, str]:
        role = sts.assume_role(RoleArn=assume_role_arn, RoleSessionName=name)["Credentials"]
        return {
            "access_key": role["AccessKeyId"],
            "secret_key": role["SecretAccessKey"],
            "token": role["SessionToken"],
            "expiry_time": role["Expiration"].isoformat(),
        }

    credentials = RefreshableCredentials.create_from_metadata(assume(), assume, RENEWED_BY)
    renewed = botocore.session.get_session()
    # boto3 takes only keys that stay the same. A profile with `role_arn` renews them too, but is a file, and hides
    # the caller's own profile.
    renewed.register_component("credential_provider", _Provider(credentials))
    return boto3.Session(botocore_session=renewed, region_name=region)


class _Provider:
    """What botocore asks for credentials: it takes the place of the chain of files, variables and metadata."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Credentials:
        """Return the role's."""
        return self._credentials
