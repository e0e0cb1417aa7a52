"""
Answer with an error in the service's protocol where moto fails, not with a page.

moto's applications pass on their exceptions, for which the server has an HTML page.
"""

import json
import re
import sys
import traceback
from collections.abc import Iterable
from html import escape
from http import HTTPStatus
from typing import Any

SERVICE = re.compile(r"Credential=[^/]*/\d+/[^/]*/([\w-]+)/")
"""The service that a request was signed for (AWS: "Signature Version 4")."""
FIRST_ERROR = HTTPStatus.BAD_REQUEST.value


class ServerErrors:
    """
    Replace exceptions of *application*, and its HTML pages of errors, by errors as AWS returns them.

    The message names the exception; the traceback goes to the log of the endpoint.
    """

    def __init__(self, application: Any) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request (WSGI)."""
        started: list[Any] = []
        try:
            answer: Iterable[bytes] = self._application(environ, lambda *arguments: started.append(arguments))
        except NotImplementedError as error:
            # From moto. AWS's SDKs do not retry this status.
            return _error(environ, start_response, HTTPStatus.NOT_IMPLEMENTED, f"not supported locally: {error}")
        except Exception as error:  # noqa: BLE001 after any error the client gets an answer
            traceback.print_exception(error, file=sys.stderr)
            name = type(error).__name__
            message = (
                f"The local AWS failed; AWS itself may work: {name}: {error} (traceback in the log of the endpoint)"
            )
            return _error(environ, start_response, HTTPStatus.INTERNAL_SERVER_ERROR, message)
        status, headers, *_ = started[-1]
        code = int(status.split()[0])
        if code >= FIRST_ERROR and dict(headers).get("Content-Type", "").startswith("text/html"):
            return _error(environ, start_response, HTTPStatus(code), f"The local AWS has no answer: {status}")
        start_response(*started[-1])
        return answer


def signed_service(environ: dict[str, Any]) -> str:
    """Return the service that a request was signed for, or an empty text."""
    found = SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return found[1] if found else ""


def _error(environ: dict[str, Any], start_response: Any, status: HTTPStatus, message: str) -> Iterable[bytes]:
    service = signed_service(environ)
    code = {"ecs": "ServerException", "ec2": "InternalError", "s3": "InternalError"}.get(service, "InternalFailure")
    if status < HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.NOT_IMPLEMENTED:
        code = "UnknownOperationException"
    is_query = environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")
    if service == "s3" or is_query:
        kind, content = "text/xml", _xml(service, code, message)
    else:
        kind, content = "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message})
    headers = [("Content-Type", kind), ("x-amzn-ErrorType", code)]
    start_response(f"{status.value} {status.phrase}", headers)
    return [content.encode()]


def _xml(service: str, code: str, message: str) -> str:
    error = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    if service == "s3":
        return f"<Error>{error}</Error>"
    if service == "ec2":
        return f"<Response><Errors><Error>{error}</Error></Errors></Response>"
    return f"<ErrorResponse><Error><Type>Receiver</Type>{error}</Error></ErrorResponse>"
