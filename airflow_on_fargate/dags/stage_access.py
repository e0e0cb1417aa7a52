"""Access to Airflow's REST API of a stage in AWS, with what the caller may read."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from airflow_on_fargate.local.airflow_api import Access
from constructs_lib.shared.bad_input import BadInputError

if TYPE_CHECKING:
    from airflow_on_fargate.dags.clients import Clients
    from constructs_lib.settings.settings import Settings

TOKEN, URL = "AIRFLOW_API_TOKEN", "AIRFLOW_API_URL"
"""The variables in which a user gives a token of Airflow's API, and another address than that of the load balancer."""
ADMIN_SECRET = "admin"  # noqa: S105 a name
"""As in `constructs_lib.storage.airflow_secrets`, which takes a second to import."""
QUICK = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})


def stage_access(settings: Settings, clients: Clients) -> Access:
    """
    Return the access to the stage: the token in the environment, or the password of the first user.

    Raises:
        BadInputError: the caller may not look up the address or the password.

    """
    try:
        url = os.environ.get(URL) or _url(settings, clients)
        token = os.environ.get(TOKEN, "")
        user, password = ("", "") if token else _login(settings, clients)
    except (BotoCoreError, ClientError) as error:
        msg = f"the caller cannot look up Airflow's address or password: {error}"
        raise BadInputError(msg) from error
    advice = f"set {URL} if it has another address, and allow this machine in allowed_cidrs"
    place = f"the secret {_secret(settings)}; set {TOKEN} if you changed it"
    return Access(url=url, token=token, password_place=place, advice=advice, user=user, password=password)


def _url(settings: Settings, clients: Clients) -> str:
    scheme = "https" if settings.listener_protocol == "TLS" else "http"
    if settings.domain_name:
        return f"{scheme}://{settings.domain_name}"
    balancers = clients.of("elbv2", config=QUICK).describe_load_balancers(Names=[settings.name])
    return f"{scheme}://{balancers['LoadBalancers'][0]['DNSName']}"


def _login(settings: Settings, clients: Clients) -> tuple[str, str]:
    secrets = clients.of("secretsmanager", config=QUICK)
    value = json.loads(secrets.get_secret_value(SecretId=_secret(settings))["SecretString"])
    return value["username"], value["password"]


def _secret(settings: Settings) -> str:
    return f"{settings.name}/{ADMIN_SECRET}"
