"""Promises of whom AWS sees."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws
from moto.sts.models import AssumedRole, STSBackend

from constructs_lib.iam.aws_session import aws_session

if TYPE_CHECKING:
    from collections.abc import Callable

ROLE = "arn:aws:iam::123456789012:role/deploy"
SHORT = timedelta(minutes=5)
"""Less than what botocore keeps in reserve: the next request renews the credentials."""


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set made-up credentials for the caller."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


@pytest.fixture(name="moto")
def _moto() -> Iterator[None]:
    """Let boto3 ask an empty AWS in this process."""
    with mock_aws():
        yield


@pytest.fixture(name="assumed")
def _assumed(monkeypatch: pytest.MonkeyPatch) -> list[AssumedRole]:
    """Return the sessions of roles that AWS gives; the first one ends soon."""
    assumed: list[AssumedRole] = []
    assume: Callable[..., AssumedRole] = STSBackend.assume_role

    def record(*arguments: Any, **named: Any) -> AssumedRole:  # noqa: ANN401 handed on as it comes
        role = assume(*arguments, **named)
        if not assumed:
            role.expiration = datetime.now(UTC).replace(tzinfo=None) + SHORT
        assumed.append(role)
        return role

    monkeypatch.setattr(STSBackend, "assume_role", record)
    return assumed


def sign(signatures: list[str], request: Any) -> None:  # noqa: ANN401 botocore makes the type
    """Keep how a *request* is signed."""
    signatures.append(request.headers["Authorization"].decode())


@pytest.mark.usefixtures("moto")
def test_a_role_is_taken() -> None:
    """The session has the role, and AWS sees the program's name in it."""
    session = aws_session("eu-central-1", ROLE, name="make-status")

    assert session.client("sts").get_caller_identity()["Arn"].endswith(":assumed-role/deploy/make-status")
    assert session.region_name == "eu-central-1"


@pytest.mark.usefixtures("moto")
def test_credentials_that_end_are_renewed(assumed: list[AssumedRole]) -> None:
    """Credentials of a role are renewed before they expire."""
    sts = aws_session("eu-central-1", ROLE, name="make-resume").client("sts")
    signatures: list[str] = []
    sts.meta.events.register("before-send.sts.GetCallerIdentity", lambda request, **_: sign(signatures, request))
    assert len(assumed) == 1

    for _ in range(2):
        assert sts.get_caller_identity()["Arn"].endswith(":assumed-role/deploy/make-resume")
    _, renewed = assumed
    assert all(f"Credential={renewed.access_key_id}/" in each for each in signatures)
    assert len(signatures) == 2


@pytest.mark.usefixtures("moto")
def test_without_a_role_it_is_the_caller() -> None:
    """Without a role the session has the caller's credentials."""
    session = aws_session("eu-central-1", None, name="make-status")

    assert ":assumed-role/" not in session.client("sts").get_caller_identity()["Arn"]
