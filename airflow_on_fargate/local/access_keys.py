"""The access keys that the AWS endpoint accepts: the owner's, and the temporary ones of roles."""

import base64
import configparser
import hashlib
import hmac
import io
import json
import secrets
import time
from dataclasses import dataclass
from typing import Self

from airflow_on_fargate.local.state import State, write_secret

PROFILE = "default"


@dataclass(frozen=True)
class AccessKey:
    """An access key: its id, its secret, and the session token of a temporary one."""

    id: str
    secret: str
    token: str | None = None

    @classmethod
    def new(cls) -> Self:
        """Return a random long-term key; its id has IAM's form (IAM user guide, "Unique identifiers")."""
        return cls("AKIA" + secrets.token_hex(8).upper(), secrets.token_urlsafe(30))


def owner_key(state: State) -> AccessKey:
    """Return the key of the account's owner, from the credentials file of *state*; the file is created once."""
    file = configparser.RawConfigParser()
    if not file.read(state.aws_credentials, encoding="utf-8"):
        made = AccessKey.new()
        file[PROFILE] = {"aws_access_key_id": made.id, "aws_secret_access_key": made.secret}
        text = io.StringIO()
        file.write(text)
        write_secret(state.aws_credentials, text.getvalue())
    return AccessKey(file[PROFILE]["aws_access_key_id"], file[PROFILE]["aws_secret_access_key"])


def signing_key(state: State) -> bytes:
    """Return the key from which tokens and secrets of temporary keys are derived; it is created once."""
    if not state.credentials_key.exists():
        write_secret(state.credentials_key, secrets.token_hex(32))
    return state.credentials_key.read_bytes()


def temporary_key(signing: bytes, key_id: str, *, role_arn: str, session: str, expires_at: float) -> AccessKey:
    """
    Return the temporary key *key_id* of a *session* of a role.

    Its secret is derived from its id and its token, so that the key stays valid when the server has been started again:
    SDKs ask for new credentials only when the old ones expire.
    """
    content = json.dumps({"role": role_arn, "session": session, "expires": expires_at, "random": secrets.token_hex(8)})
    token = base64.urlsafe_b64encode(content.encode()).decode()
    return AccessKey(key_id, _secret(signing, key_id, token), token)


def session_of(token: str) -> str:
    """Return the session in the *token* of a temporary key: the program that asked for it."""
    session: str = json.loads(base64.urlsafe_b64decode(token))["session"]
    return session


class ExpiredError(Exception):
    """Report that a temporary key has expired."""


@dataclass(frozen=True)
class IssuedKeys:
    """The issued keys: the *long_term* ones, and those that `temporary_key` derives from *signing*."""

    long_term: tuple[AccessKey, ...]
    signing: bytes

    def secret(self, key_id: str, token: str | None) -> str | None:
        """
        Return the secret of a key, or None if no such long-term key was issued.

        A made-up *token* has a secret, too, but only this program can derive it.

        Raises:
            ExpiredError: the key was a temporary one.

        """
        if token is None:
            return next((key.secret for key in self.long_term if key.id == key_id), None)
        try:
            expires_at = float(json.loads(base64.urlsafe_b64decode(token))["expires"])
        except (ValueError, LookupError, TypeError):
            return None
        if expires_at < time.time():
            raise ExpiredError
        return _secret(self.signing, key_id, token)


def _secret(signing: bytes, key_id: str, token: str) -> str:
    digest = hmac.digest(signing, f"secret {key_id} {token}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode()
