"""Promises of the calls of ECR."""

import boto3
import pytest
from botocore.stub import Stubber

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


def test_an_image_of_another_account_is_looked_for_there() -> None:
    """A registry in another account is asked by its account's number."""
    client = boto3.client("ecr", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
    wanted = {"registryId": "210987654321", "repositoryName": "team/x", "imageIds": [{"imageTag": "1"}]}
    with Stubber(client) as stubber:
        stubber.add_response("describe_images", {"imageDetails": []}, wanted)

        assert EcrImage("registry.example.com/team/x", "1", client=client, account="210987654321").exists()
