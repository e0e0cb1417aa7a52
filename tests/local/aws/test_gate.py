import socket
from http import HTTPStatus

import boto3
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from airflow_on_fargate.local.access_keys import AccessKey, owner_key
from airflow_on_fargate.local.credentials import agent_uri, client, credentials_environment
from tests.local.aws.endpoint import REGION, ROLES, Endpoint

CODES = {
    "ecs": "UnrecognizedClientException",
    "sqs": "UnrecognizedClientException",
    "sts": "InvalidClientTokenId",
    "s3": "InvalidClientTokenId",
}


def signed(endpoint: Endpoint, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    """Send a request that the owner has signed."""
    key = owner_key(endpoint.state)
    request = AWSRequest(method, endpoint.machine.endpoint + path, headers=headers)
    SigV4Auth(Credentials(key.id, key.secret), "sts", REGION).add_auth(request)
    return httpx.request(method, str(request.url), headers=dict(request.headers), trust_env=False)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1:8000"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "rebound.example"},
        {"Host": "localhost:{port}"},
        {"Host": "127.0.0.1"},
    ],
)
def test_a_web_page_is_refused_even_with_a_key(endpoint: Endpoint, headers: dict[str, str]) -> None:
    """A request of a web page is refused, even with a key."""
    port = endpoint.machine.aws_port
    path = "/?Action=GetCallerIdentity&Version=2011-06-15"
    asked = {name: value.format(port=port) for name, value in headers.items()}

    assert signed(endpoint, "GET", path, {}).status_code == HTTPStatus.OK
    answer = signed(endpoint, "GET", path, asked)

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "<Code>AccessDenied</Code>" in answer.text
    assert not {name for name in answer.headers if name.startswith("access-control-")}


@pytest.mark.parametrize("length", ["abc", "-5", "", "5"])
def test_a_length_that_is_no_number_is_refused_like_any_other_request(endpoint: Endpoint, length: str) -> None:
    """A Content-Length that is not a number is refused without an error of the server."""
    request = f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{endpoint.machine.aws_port}\r\nContent-Length: {length}\r\n\r\nhello"

    with socket.create_connection(("127.0.0.1", endpoint.machine.aws_port), timeout=10) as connection:
        connection.sendall(request.encode())
        answer = connection.recv(4096).decode()

    assert answer.split()[1] == str(HTTPStatus.FORBIDDEN.value)


@pytest.mark.parametrize("path", ["/moto-api", "/moto-api/data.json", "/moto-api/reset", "/latest/meta-data/"])
def test_motos_own_pages_are_refused(endpoint: Endpoint, path: str) -> None:
    """The control pages of moto are refused, even with a key."""
    for method in ("GET", "POST"):
        assert signed(endpoint, method, path, {}).status_code == HTTPStatus.FORBIDDEN
        assert httpx.request(method, endpoint.machine.endpoint + path).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("service", CODES)
def test_an_sdk_gets_the_reason(endpoint: Endpoint, service: str) -> None:
    """A refused SDK gets an error code of the service."""
    stranger = client(service, key=AccessKey.new(), endpoint=endpoint.machine.endpoint, region=REGION)
    calls = {"ecs": "list_clusters", "sqs": "list_queues", "sts": "get_caller_identity", "s3": "list_buckets"}

    with pytest.raises(ClientError) as refused:
        getattr(stranger, calls[service])()

    assert refused.value.response["Error"]["Code"] == CODES[service]
    assert "this endpoint has not issued the access key" in refused.value.response["Error"]["Message"]


def test_names_with_every_character_arrive(endpoint: Endpoint) -> None:
    """Names with any character pass the signature check."""
    s3, key = endpoint.client("s3"), "a b/ü+~*'()!@=&%2F;:,?#//x"
    s3.create_bucket(Bucket="characters")
    s3.put_object(Bucket="characters", Key=key, Body=b"content", Metadata={"a": "b  c"})

    assert s3.get_object(Bucket="characters", Key=key)["Body"].read() == b"content"
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="characters", Prefix=key[:9])["Contents"]] == [key]
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "characters", "Key": key})
    assert httpx.get(url, trust_env=False).content == b"content"


def test_a_roles_keys_outlive_the_server(own_endpoint: Endpoint) -> None:
    """The temporary keys of a role are valid after a restart of the server."""
    variables = credentials_environment(
        own_endpoint.state, endpoint=own_endpoint.machine.endpoint, region=REGION, role_arn=f"{ROLES}/any", process="p"
    )
    token = {"Authorization": variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}
    credentials = httpx.get(variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"], headers=token, trust_env=False).json()
    own_endpoint.process.kill()
    own_endpoint.process.wait()
    own_endpoint.start()

    session = boto3.Session(
        credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["Token"], region_name=REGION
    )
    sqs = session.client("sqs", endpoint_url=own_endpoint.machine.endpoint)

    assert sqs.create_queue(QueueName="again")["QueueUrl"]


def test_the_agents_address_cannot_be_guessed(endpoint: Endpoint) -> None:
    """The path of the agent contains a secret, so no other process can protect a task."""
    address = agent_uri(endpoint.state, endpoint.machine.endpoint, "worker")
    end = "/task-protection/v1/state"

    assert httpx.get(address + end, trust_env=False).status_code == HTTPStatus.OK
    for wrong in ("worker", "", "worker.", f"worker.{'0' * 64}", address.rpartition("/")[2].replace("worker", "other")):
        url = f"{endpoint.machine.endpoint}/api/{wrong}{end}"
        assert httpx.get(url, trust_env=False).status_code == HTTPStatus.FORBIDDEN


def test_keys_are_their_owners_alone(endpoint: Endpoint) -> None:
    """Only the owner can read the files with keys."""
    for file in (endpoint.state.aws_credentials, endpoint.state.credentials_key):
        assert file.stat().st_mode & 0o777 == 0o600
