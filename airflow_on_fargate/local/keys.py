"""The values of the stage's secrets on this machine: created once, in a file that only the owner can read."""

import base64
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from airflow_on_fargate.local.state import State, read_json, write_secret
from constructs_lib.settings.user_file import read_toml
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.shared.containers import ADMIN


@dataclass(frozen=True)
class Key:
    """A secret: its text, and the id of its version."""

    text: str
    version: str


def keys(state: State, *, database: Mapping[str, str], worker_role: str) -> dict[str, Key]:
    """
    Return the stage's secrets by the last part of their name, `admin` or `database` for example.

    *database* is the user name and the password of the metadata database, *worker_role* the role of the workers in it.
    """
    kept = kept_keys(state)
    wanted = {
        "admin": json.dumps({"username": ADMIN, "password": secrets.token_urlsafe(16)}),
        "api-secret-key": secrets.token_urlsafe(48),
        # A Fernet key is 32 bytes in URL-safe base64.
        "fernet-key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "jwt-secret": secrets.token_urlsafe(48),
    }
    found = {name: kept.get(name) or _new(text) for name, text in wanted.items()}
    text = json.dumps(dict(database))
    found["database"] = kept["database"] if "database" in kept and kept["database"].text == text else _new(text)
    worker = kept.get("database-worker")
    if worker is None or json.loads(worker.text)["username"] != worker_role:
        worker = _new(json.dumps({"username": worker_role, "password": secrets.token_urlsafe(24)}))
    found["database-worker"] = worker
    write_secret(state.keys, json.dumps({name: asdict(key) for name, key in found.items()}))
    write_secret(state.admin_password, json.loads(found["admin"].text)["password"] + "\n")
    return found


def kept_keys(state: State) -> dict[str, Key]:
    """Return the secrets that `keys` wrote."""
    return {name: Key(**each) for name, each in (read_json(state.keys) or {}).items()}


def user_secrets(state: State) -> dict[str, str]:
    """
    Return the values of `.local/secrets.toml`: of SSM parameters, whose names begin with `/`, and of secrets.

    Raises:
        BadInputError: it is not valid TOML, or a value is no text.

    """
    content = read_toml(state.user_secrets, where=str(state.user_secrets)) or {}
    for name, value in content.items():
        if not isinstance(value, str):
            # Without the value, which is a secret.
            kind = type(value).__name__
            msg = f'{state.user_secrets}: {name} must be a string, such as "prod/vendor/token" = "…", got {kind}'
            raise BadInputError(msg)
    return content


def _new(text: str) -> Key:
    return Key(text, str(uuid.uuid4()))
