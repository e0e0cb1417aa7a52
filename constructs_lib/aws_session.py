"""Whom AWS sees when something other than Terraform asks it."""

from __future__ import annotations

import boto3


def aws_session(region: str, assume_role_arn: str | None, *, name: str) -> boto3.Session:
    """
    Return a session of boto3 in *region*, with *assume_role_arn* in that role, as the Terraform provider works.

    boto3 finds credentials and endpoint where Terraform finds them; *name* tells in AWS's audit log who used the role.

    Raises:
        BotoCoreError, ClientError: AWS is not reached, or does not let the caller have the role.

    """
    session = boto3.Session(region_name=region)
    if not assume_role_arn:
        return session
    role = session.client("sts").assume_role(RoleArn=assume_role_arn, RoleSessionName=name)["Credentials"]
    return boto3.Session(role["AccessKeyId"], role["SecretAccessKey"], role["SessionToken"], region_name=region)
