"""The environment variables that a user may set in containers of the stack."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from constructs_lib.settings.secret import SecretNameText
from constructs_lib.shared.bad_input import shown

_STACK = "the stack sets it"
_ROLE = "containers have the credentials of their role; use permissions"
_IMAGE = "it belongs to the image"
REFUSED_IN_TASKS = {
    r"AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|SECURITY_TOKEN|PROFILE|ROLE_ARN|WEB_IDENTITY_\w*)": _ROLE,
    r"AWS_(CONTAINER_\w*|EXECUTION_ENV)|ECS_\w*": "ECS sets it",
    r"PATH": _IMAGE,
}
"""
Names that users must not set in any container, with the reason. The other names in `REFUSED` have a meaning only in
Airflow's image; tasks have their own images.
"""
REFUSED = {
    **REFUSED_IN_TASKS,
    r"AIRFLOW__\w*": "use airflow_config; for a secret, let the command in its _cmd option print a variable of secrets",
    r"AIRFLOW_(FARGATE|ADMIN)_\w*|DB_\w*|AWS(_DEFAULT)?_REGION|GUNICORN_CMD_ARGS": _STACK,
    r"AWS_ENDPOINT_URL\w*": "the stack uses AWS's own endpoints",
    r"AIRFLOW_HOME|HOME|PYTHON(PATH|HOME|UNBUFFERED)|LD_\w+": _IMAGE,
}
"""Names that users must not set in Airflow's containers, with the reason."""


def check_names(values: Mapping[str, str]) -> None:
    """
    Refuse names that are no names of environment variables.

    Raises:
        ValueError: naming the first of them.

    """
    for name in values:
        if not re.fullmatch(r"[A-Za-z_]\w{0,254}", name, re.ASCII):
            msg = (
                "must name variables with letters, digits and '_', without a digit in front, up to 255 characters,"
                f" got {shown(name)}"
            )
            raise ValueError(msg)


def check_disjoint(environment: Mapping[str, str], secrets: Mapping[str, str]) -> None:
    """
    Refuse a variable that has a value and a secret, as ECS does.

    Raises:
        ValueError: naming the first of them.

    """
    if both := sorted(environment.keys() & secrets.keys()):
        msg = f"{both[0]} is in environment and in secrets; remove one of them"
        raise ValueError(msg)


def reason_against(name: str, refused: Mapping[str, str] = REFUSED) -> str | None:
    """Return why a user must not set the variable *name*, or None if *refused* does not contain it."""
    return next((reason for pattern, reason in refused.items() if re.fullmatch(pattern, name)), None)


def check_task_variables(values: Mapping[str, str]) -> Mapping[str, str]:
    """
    Return *values*, the variables of a task by name.

    Raises:
        ValueError: naming the first variable that a user may not set.

    """
    _check(values, REFUSED_IN_TASKS)
    return values


def _check(values: Mapping[str, str], refused: Mapping[str, str] = REFUSED) -> None:
    check_names(values)
    for name in values:
        if reason := reason_against(name, refused):
            msg = f"must not set {name}: {reason}"
            raise ValueError(msg)


def _check_environment(values: dict[str, str]) -> dict[str, str]:
    _check(values)
    for name in values:
        if name.startswith("AIRFLOW_CONN_"):
            msg = f"must not set {name}: a connection can contain a password; use secrets"
            raise ValueError(msg)
    return values


def _check_secrets(values: dict[str, str]) -> dict[str, str]:
    _check(values)
    for name in values:
        if name.lower() == "no_proxy":
            msg = f"must not set {name}: the stack adds its own hosts to it; use environment"
            raise ValueError(msg)
    return values


Variables = Annotated[dict[str, str], AfterValidator(_check_environment)]
"""Values by the name of their variable, for Airflow's own containers."""
SecretVariables = Annotated[dict[str, SecretNameText], AfterValidator(_check_secrets)]
"""Names of secrets by the name of their variable, for Airflow's own containers."""
