import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config

from airflow_on_fargate.local.access_keys import AccessKey, IssuedKeys, temporary_key
from airflow_on_fargate.local.aws.signature import BODY_LIMIT, RefusedError, check_signature

ENDPOINT = "http://127.0.0.1:5000"
SIGNING = b"of this stack"
OWNER = AccessKey.new()
ROLE = temporary_key(
    SIGNING, "ASIAEXAMPLE", role_arn="arn:aws:iam::123456789012:role/any", session="worker", expires_at=2**40
)
KEYS = IssuedKeys((OWNER,), SIGNING)
MAX_SKEW_SEC = 15 * 60
"""Amazon S3 API reference, "Error responses": `RequestTimeTooSkewed`."""
ODD = "a b/ü+~*'()!@=&%2F;:,?#/../x"
"""A name with what a URL must quote, and with what looks like another path."""
CALLS: dict[str, Callable[[Any], object]] = {
    "ecs": lambda ecs: ecs.list_tasks(cluster="airflow-dev"),
    "secretsmanager": lambda manager: manager.get_secret_value(SecretId=f"airflow-dev/{ODD}"),
    "sqs": lambda sqs: sqs.send_message(QueueUrl=f"{ENDPOINT}/123456789012/queue", MessageBody=ODD),
    "sts": lambda sts: sts.get_caller_identity(),
    "ec2": lambda ec2: ec2.describe_subnets(Filters=[{"Name": "cidr-block", "Values": [ODD]}]),
    "lambda": lambda functions: functions.get_function(FunctionName=f"arn:aws:lambda:us-east-1:{ODD[:3]}"),
    "s3": lambda s3: s3.put_object(Bucket="bucket", Key=ODD, Body=b"content", Metadata={"a": "b  c"}),
}


class SentError(Exception):
    """End a call whose request has been kept."""


def client(service: str, key: AccessKey, **config: Any) -> tuple[Any, list[AWSPreparedRequest]]:  # noqa: ANN401 as botocore's
    """Return a client that sends nothing, and a list of what it would have sent."""
    make: Any = boto3.client  # whose types know each service by its literal name
    made = make(
        service,
        endpoint_url=ENDPOINT,
        region_name="us-east-1",
        aws_access_key_id=key.id,
        aws_secret_access_key=key.secret,
        aws_session_token=key.token,
        config=Config(retries={"total_max_attempts": 1}, **config),
    )
    sent: list[AWSPreparedRequest] = []

    def keep(request: AWSPreparedRequest, **_: object) -> None:
        sent.append(request)
        raise SentError

    made.meta.events.register("before-send", keep)
    return made, sent


def environ(method: str, url: str, headers: Any = (), body: bytes = b"") -> dict[str, Any]:  # noqa: ANN401 as botocore's
    """Return the request as the server gets it."""
    parts = urlsplit(url)
    found = {f"HTTP_{name.upper().replace('-', '_')}": _text(value) for name, value in dict(headers).items()}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if f"HTTP_{name}" in found:
            found[name] = found.pop(f"HTTP_{name}")
    return {
        **found,
        "HTTP_HOST": parts.netloc,
        "REQUEST_METHOD": method,
        "REQUEST_URI": url.removeprefix(f"{parts.scheme}://{parts.netloc}"),
        "QUERY_STRING": parts.query,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()


def sent(service: str, key: AccessKey, **config: Any) -> dict[str, Any]:  # noqa: ANN401 as botocore's
    """Return what boto3 sends for the call of a service."""
    made, requests = client(service, key, **config)
    with suppress(SentError):
        CALLS[service](made)
    [request] = requests
    body = request.body or b""
    content = body if isinstance(body, str | bytes | bytearray) else body.read()
    raw = content.encode() if isinstance(content, str) else bytes(content)
    return environ(request.method, request.url, request.headers, raw)


def code(request: dict[str, Any]) -> str:
    """Return the code with which the request is refused, or `accepted`."""
    try:
        check_signature(request, KEYS)
    except RefusedError as error:
        return error.code
    return "accepted"


@pytest.mark.parametrize("service", CALLS)
@pytest.mark.parametrize("key", [OWNER, ROLE], ids=["owner", "role"])
def test_what_boto3_signs_with_an_issued_key_is_accepted(service: str, key: AccessKey) -> None:
    """A request that boto3 signs with an issued key is accepted in every protocol, with its body."""
    request = sent(service, key)
    before = request["wsgi.input"].getvalue()

    assert code(request) == "accepted"
    assert request["wsgi.input"].read() == before


@pytest.mark.parametrize("service", CALLS)
def test_another_key_is_refused(service: str) -> None:
    """A key that was not issued, a wrong secret and a forged token are refused."""
    assert code(sent(service, AccessKey.new())) == "InvalidClientTokenId"
    assert code(sent(service, AccessKey(OWNER.id, "guessed"))) == "SignatureDoesNotMatch"
    assert code(sent(service, AccessKey(ROLE.id, "guessed", ROLE.token))) == "SignatureDoesNotMatch"
    assert code(sent(service, AccessKey(OWNER.id, OWNER.secret, "made-up"))) == "InvalidClientTokenId"
    assert code(sent(service, AccessKey(OWNER.id, OWNER.secret, ROLE.token))) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("service", CALLS)
def test_a_signed_request_cannot_be_changed(service: str) -> None:
    """A changed method, path, query, signed header, body or signature is refused."""
    changes: dict[str, Any] = {
        "REQUEST_METHOD": "PATCH",
        "REQUEST_URI": "/other",
        "HTTP_HOST": "other:5000",
        "wsgi.input": BytesIO(b"other"),
        "HTTP_AUTHORIZATION": None,
    }
    for name, value in changes.items():
        request = sent(service, OWNER)
        request[name] = value if value is not None else request[name][:-1] + "g"
        request["CONTENT_LENGTH"] = str(len(request["wsgi.input"].getvalue()))
        assert code(request) == "SignatureDoesNotMatch", name


def test_what_is_not_signed_is_refused() -> None:
    """A request without a valid signature is refused."""
    made_up = "AWS4-HMAC-SHA256 Credential=x/20261128/us-east-1/ecs/aws4_request, SignedHeaders=host, Signature=0"
    headers = [{}, {"Authorization": "Basic eDp5"}, {"Authorization": made_up}]

    assert [code(environ("POST", f"{ENDPOINT}/", each)) for each in headers] == [
        "MissingAuthenticationToken",
        "MissingAuthenticationToken",
        "IncompleteSignature",
    ]
    request = sent("ecs", OWNER)
    request["HTTP_AUTHORIZATION"] = request["HTTP_AUTHORIZATION"].replace("/aws4_request", "")
    assert code(request) == "IncompleteSignature"


@pytest.fixture(name="later")
def _later(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[float], None]]:
    """Return what moves the server's clock."""

    def move(seconds: float) -> None:
        now = time.time() + seconds
        monkeypatch.setattr("airflow_on_fargate.local.aws.signature.time.time", lambda: now)

    yield move
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (MAX_SKEW_SEC - 5, "accepted"),
        (5 - MAX_SKEW_SEC, "accepted"),
        (MAX_SKEW_SEC + 5, "RequestExpired"),
        (-MAX_SKEW_SEC - 5, "RequestExpired"),
    ],
)
def test_clocks_may_differ_by_a_quarter_of_an_hour(
    later: Callable[[float], None], seconds: float, expected: str
) -> None:
    """A request more than 15 minutes old or early is refused."""
    request = sent("sqs", OWNER)
    later(seconds)

    assert code(request) == expected


def test_a_temporary_key_expires() -> None:
    """An expired temporary key is refused with the error that makes SDKs renew it."""
    old = temporary_key(SIGNING, "ASIAOLD", role_arn="any", session="worker", expires_at=time.time() - 1)

    assert code(sent("ecs", old)) == "ExpiredToken"


def test_a_temporary_key_of_another_stack_is_refused() -> None:
    """A temporary key of another stack is refused."""
    foreign = temporary_key(b"of another stack", "ASIAEXAMPLE", role_arn="any", session="worker", expires_at=2**40)

    assert code(sent("ecs", foreign)) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("key", [OWNER, ROLE], ids=["owner", "role"])
@pytest.mark.parametrize("version", ["s3v4", "s3"])
@pytest.mark.parametrize("operation", ["get_object", "put_object"])
def test_a_presigned_url_is_accepted_until_it_expires(
    later: Callable[[float], None], operation: str, version: str, key: AccessKey
) -> None:
    """A presigned URL of either version is accepted until it expires."""
    s3, _ = client("s3", key, signature_version=version)
    url = s3.generate_presigned_url(operation, Params={"Bucket": "bucket", "Key": ODD}, ExpiresIn=60)
    method = {"get_object": "GET", "put_object": "PUT"}[operation]

    assert code(environ(method, url, body=b"any")) == "accepted"
    assert code(environ("DELETE", url)) == "SignatureDoesNotMatch"
    assert code(environ(method, url.replace("bucket", "other"))) == "SignatureDoesNotMatch"
    later(70)
    assert code(environ(method, url)) in ("RequestExpired", "AccessDenied")


@pytest.mark.parametrize(
    ("version", "days", "expected"),
    [("s3v4", 6, "accepted"), ("s3v4", 8, "RequestExpired"), ("s3", 0, "AccessDenied")],
)
def test_a_presigned_url_is_worth_nothing_after_a_week(
    later: Callable[[float], None], version: str, days: int, expected: str
) -> None:
    """A presigned URL is valid for a week at most."""
    s3, _ = client("s3", OWNER, signature_version=version)
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "x"}, ExpiresIn=9 * 24 * 3600)
    later(days * 24 * 3600)

    assert code(environ("GET", url)) == expected


def test_a_body_that_is_sent_in_pieces_is_put_together() -> None:
    """The hash of a chunked body is checked."""
    request = sent("s3", OWNER)
    del request["CONTENT_LENGTH"]
    request |= {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}

    assert code(request) == "accepted"
    assert request["CONTENT_LENGTH"] == str(len(b"content"))


def test_a_body_too_large_to_be_checked_is_refused() -> None:
    """A body above the limit is refused if its hash is not signed."""
    request = sent("sqs", OWNER)
    request |= {"wsgi.input": BytesIO(b"x" * (BODY_LIMIT + 1)), "CONTENT_LENGTH": str(BODY_LIMIT + 1)}

    assert code(request) == "RequestEntityTooLarge"


def test_a_date_that_is_none_is_refused() -> None:
    """A date that is not valid is refused."""
    now = datetime.now(UTC)
    dates = {"yesterday": "IncompleteSignature", (now - timedelta(days=1)).strftime("%Y%m%dT%H%M%SZ"): "RequestExpired"}
    for date, expected in dates.items():
        assert code({**sent("ecs", OWNER), "HTTP_X_AMZ_DATE": date}) == expected
    without = sent("ecs", OWNER)
    del without["HTTP_X_AMZ_DATE"]
    assert code(without) == "IncompleteSignature"
