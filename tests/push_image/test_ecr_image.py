"""Promises of the calls of ECR."""

import pytest

from constructs_lib.push_image import PushError
from constructs_lib.push_image.ecr_image import EcrImage, ecr_client

CLOSED = "http://127.0.0.1:1"


@pytest.fixture
def image(monkeypatch: pytest.MonkeyPatch) -> EcrImage:
    """Return an image in an ECR that does not answer."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", CLOSED)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    return EcrImage("registry.example.com:5000/team/x", "1", client=ecr_client("eu-central-1", None))


def test_registry_and_repository_come_from_the_url(image: EcrImage) -> None:
    """Registry and repository are the parts of the URL before and after the first slash."""
    assert image.registry == "registry.example.com:5000"
    assert image.repository == "team/x"
    assert image.uri == "registry.example.com:5000/team/x:1"


def test_an_api_that_does_not_answer_is_reported(image: EcrImage) -> None:
    """A call that fails is reported with what was asked."""
    with pytest.raises(PushError, match=f"cannot look for {image.uri} in ECR: .*{CLOSED}"):
        image.exists()
    with pytest.raises(PushError, match=f"cannot get a login to {image.registry} from ECR: .*{CLOSED}"):
        image.login()
