"""What fails in the local AWS is answered in the form of AWS's errors."""

import io
from collections.abc import Iterable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_on_fargate.local.aws.server_errors import ServerErrors
from tests.local.aws.endpoint import CLUSTER, Endpoint


def answered(application: Any, **environ: str) -> tuple[str, str, str]:  # noqa: ANN401 a WSGI application
    """Return the status, the type and the text of what is answered for *application*."""
    started: list[Any] = []
    content = ServerErrors(application)({"wsgi.input": io.BytesIO(), **environ}, lambda *values: started.append(values))
    [(status, headers)] = started
    return status, dict(headers)["Content-Type"], b"".join(content).decode()


def failing(_environ: object, _start_response: object) -> Iterable[bytes]:
    """Fail, as moto may."""
    message = "no <such> thing"
    raise AttributeError(message)


SIGNED = "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=x"
FORM = "application/x-www-form-urlencoded; charset=utf-8"


@pytest.mark.parametrize(
    ("service", "kind", "begin"),
    [
        ("ecs", "", '{"__type": "ServerException", "message": "The local AWS failed; AWS itself may work: Attri'),
        ("secretsmanager", "", '{"__type": "InternalFailure"'),
        ("ec2", FORM, "<Response><Errors><Error><Code>InternalError</Code>"),
        ("sts", FORM, "<ErrorResponse><Error><Type>Receiver</Type><Code>InternalFailure</Code>"),
        ("s3", "", "<Error><Code>InternalError</Code><Message>The local AWS failed"),
    ],
)
def test_an_exception_becomes_an_error_of_the_protocol(
    service: str, kind: str, begin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An exception becomes an error in the service's protocol, and its traceback is in the log."""
    status, _, text = answered(failing, CONTENT_TYPE=kind, HTTP_AUTHORIZATION=SIGNED.format(service))

    assert status == "500 Internal Server Error"
    assert text.startswith(begin)
    assert "no <such> thing" in text or "no &lt;such&gt; thing" in text
    assert "Traceback" in capsys.readouterr().err


def test_a_page_of_an_error_becomes_an_error() -> None:
    """An HTML page of an error becomes an error of the service."""

    def page(_environ: object, start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 as above
        start_response("404 NOT FOUND", [("Content-Type", "text/html; charset=utf-8")])
        return [b"<!doctype html>"]

    status, kind, text = answered(page)

    assert (status, kind) == ("404 Not Found", "application/x-amz-json-1.1")
    assert text.startswith('{"__type": "UnknownOperationException"')


def test_what_is_well_stays_as_it_is() -> None:
    """Successful responses are unchanged, also a page."""

    def page(_environ: object, start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 as above
        start_response("200 OK", [("Content-Type", "text/html")])
        return [b"<!doctype html>"]

    assert answered(page) == ("200 OK", "text/html", "<!doctype html>")


def test_an_operation_that_moto_does_not_have_is_named(endpoint: Endpoint) -> None:
    """An operation that moto lacks is an error with its name, which SDKs do not retry."""
    with pytest.raises(ClientError, match=r"\(UnknownOperationException\).*GetTaskProtection.*not supported locally"):
        endpoint.ecs.get_task_protection(cluster=CLUSTER, tasks=["a"])
