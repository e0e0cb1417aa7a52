from datetime import UTC, datetime

import boto3
import httpx

from airflow_on_fargate.local.credentials import credentials_environment
from tests.local.aws.endpoint import REGION, ROLES, Endpoint

ARN = f"{ROLES}/of-a-process"


def environment(endpoint: Endpoint, role_arn: str = ARN) -> dict[str, str]:
    """Return what a process of the role gets."""
    address = endpoint.machine.endpoint
    return dict(
        credentials_environment(endpoint.state, endpoint=address, region=REGION, role_arn=role_arn, process="scheduler")
    )


def answer(variables: dict[str, str], token: str | None = None) -> httpx.Response:
    """Ask as the SDKs do."""
    shown = variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] if token is None else token
    return httpx.get(variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"], headers={"Authorization": shown})


def test_a_process_gets_its_roles_credentials(endpoint: Endpoint) -> None:
    """A process gets temporary credentials of its role."""
    credentials = answer(environment(endpoint)).json()
    session = boto3.Session(
        credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["Token"], region_name=REGION
    )

    who = session.client("sts", endpoint_url=endpoint.machine.endpoint).get_caller_identity()

    assert who["Arn"] == "arn:aws:sts::123456789012:assumed-role/of-a-process/scheduler"
    assert credentials["RoleArn"] == ARN
    # Six hours, as ECS gives them: a process that asks in time never finds them expired.
    expires = datetime.strptime(credentials["Expiration"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert 5.9 < (expires - datetime.now(tz=UTC)).total_seconds() / 3600 <= 6


def test_another_token_is_refused(endpoint: Endpoint) -> None:
    """A missing token, or one of another role or process, is refused."""
    variables = environment(endpoint)
    token = variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    other = environment(endpoint, f"{ROLES}/other")["AWS_CONTAINER_AUTHORIZATION_TOKEN"]

    for wrong in ("", "none", other, token.replace("scheduler", "worker"), token + "0"):
        assert answer(variables, wrong).status_code == 403


def test_tokens_outlive_the_server(own_endpoint: Endpoint) -> None:
    """A token is valid after a restart, and only the owner can read its key."""
    variables = environment(own_endpoint)
    own_endpoint.stop()
    own_endpoint.start()

    assert answer(variables).status_code == 200
    assert own_endpoint.state.credentials_key.stat().st_mode & 0o777 == 0o600
