"""Temporary keys of roles that the gate knows again."""

from datetime import UTC
from typing import Any

from moto.sts.models import STSBackend

from airflow_on_fargate.local.access_keys import temporary_key


def install_role_keys(signing: bytes) -> None:
    """Let moto's STS give roles keys derived from *signing* from now on, instead of ones that only it knows."""
    assume_role = STSBackend.assume_role

    def assume(backend: STSBackend, *arguments: Any, **named: Any) -> Any:
        role = assume_role(backend, *arguments, **named)
        # moto's time is UTC without saying so.
        expires_at = role.expiration.replace(tzinfo=UTC).timestamp()
        key = temporary_key(signing, role.access_key_id, role_arn=role.role_arn, expires_at=expires_at)
        role.secret_access_key, role.session_token = key.secret, key.token
        return role

    STSBackend.assume_role = assume
