"""
Check that a request is signed with an access key that was issued.

How AWS's SDKs sign: "Create a signed AWS API request" in the IAM user guide; "Authenticating requests: using query
parameters" in the S3 API reference, also for presigned URLs with signature version 2, boto3's default in us-east-1.
"""

import base64
import hashlib
import hmac
import io
import re
import time
from calendar import timegm
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from botocore.auth import HmacV1Auth
from botocore.credentials import Credentials
from botocore.utils import normalize_url_path

from airflow_on_fargate.local.access_keys import ExpiredError, IssuedKeys

ALGORITHM = "AWS4-HMAC-SHA256"
AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=(?P<credential>[^,\s]+),\s*SignedHeaders=(?P<headers>[^,\s]+),"
    r"\s*Signature=(?P<signature>\S+)"
)
SKEW_SEC = 15 * 60
"""How far a request's time may be off, as for S3 (its error `RequestTimeTooSkewed`)."""
LONGEST_PRESIGNED_SEC = 7 * 24 * 3600
UNSIGNED = "UNSIGNED-PAYLOAD"
NOT_HASHED = (UNSIGNED, "STREAMING-")
"""The start of X-Amz-Content-SHA256 if no hash of the body is signed."""
BODY_LIMIT = 32 * 1024 * 1024
"""The maximum of bytes that are read before the signature is checked; only S3's API accepts larger bodies."""


class RefusedError(Exception):
    """Report why a request is refused; `code` is AWS's error code in services with an XML protocol."""

    def __init__(self, message: str, *, code: str = "AccessDenied") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class _Signed:
    """The parts of a request's signature; only a presigned URL has `expires_sec`."""

    credential: str
    headers: list[str]
    signature: str
    date: str
    token: str | None
    expires_sec: int | None = None

    @property
    def scope(self) -> list[str]:
        """Key id, day, region, service, and `aws4_request`."""
        return self.credential.split("/")


def check_signature(environ: dict[str, Any], keys: IssuedKeys) -> None:
    """
    Check the signature of the WSGI request *environ*, whose body can be read again afterwards.

    Raises:
        RefusedError: there is none, its key was not issued or has expired, or the signature does not match.

    """
    query = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
    try:
        if "AWSAccessKeyId" in query:
            _check_version_2(environ, query, keys)
        else:
            _check_version_4(environ, query, keys)
    except ExpiredError:
        msg = "The security token included in the request is expired"
        raise RefusedError(msg, code="ExpiredToken") from None


def _check_version_4(environ: dict[str, Any], query: Mapping[str, str], keys: IssuedKeys) -> None:
    signed = _signed(environ, query)
    if len(signed.scope) != len(("id", "day", "region", "service", "aws4_request")) or "host" not in signed.headers:
        msg = "The signature has no credential scope, or does not sign the header Host"
        raise RefusedError(msg, code="IncompleteSignature")
    secret = _secret(keys, signed.scope[0], signed.token)
    _check_time(signed)
    declared = environ.get("HTTP_X_AMZ_CONTENT_SHA256")
    if declared is None:
        presigned = signed.expires_sec is not None and signed.scope[3] == "s3"
        declared = UNSIGNED if presigned else _body_hash(environ, limit=BODY_LIMIT)
    _compare(_signature(environ, signed, secret, declared), signed.signature)
    if not declared.startswith(NOT_HASHED):
        _compare(_body_hash(environ), declared)


def _signed(environ: Mapping[str, Any], query: Mapping[str, str]) -> _Signed:
    try:
        if query.get("X-Amz-Algorithm") == ALGORITHM:
            return _Signed(
                credential=query["X-Amz-Credential"],
                headers=query["X-Amz-SignedHeaders"].split(";"),
                signature=query["X-Amz-Signature"],
                date=query["X-Amz-Date"],
                token=query.get("X-Amz-Security-Token"),
                expires_sec=int(query["X-Amz-Expires"]),
            )
        if found := AUTHORIZATION.fullmatch(environ.get("HTTP_AUTHORIZATION", "")):
            return _Signed(
                credential=found["credential"],
                headers=found["headers"].split(";"),
                signature=found["signature"],
                date=environ["HTTP_X_AMZ_DATE"],
                token=environ.get("HTTP_X_AMZ_SECURITY_TOKEN"),
            )
    except (LookupError, ValueError):
        msg = "The signature lacks a part, such as the date"
        raise RefusedError(msg, code="IncompleteSignature") from None
    msg = "The request is not signed"
    raise RefusedError(msg, code="MissingAuthenticationToken")


def _secret(keys: IssuedKeys, key_id: str, token: str | None) -> str:
    secret = keys.secret(key_id, token)
    if secret is None:
        msg = "The security token included in the request is invalid: this endpoint has not issued the access key"
        raise RefusedError(msg, code="InvalidClientTokenId")
    return secret


def _check_time(signed: _Signed) -> None:
    try:
        sent = timegm(time.strptime(signed.date, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        msg = "X-Amz-Date must be like 20261128T190000Z"
        raise RefusedError(msg, code="IncompleteSignature") from None
    age = time.time() - sent
    lifetime = SKEW_SEC if signed.expires_sec is None else min(signed.expires_sec, LONGEST_PRESIGNED_SEC)
    if not -SKEW_SEC <= age <= lifetime or not signed.date.startswith(signed.scope[1]):
        msg = "Signature expired, or its time is too far from the server's"
        raise RefusedError(msg, code="RequestExpired")


def _signature(environ: Mapping[str, Any], signed: _Signed, secret: str, body_hash: str) -> str:
    day, region, service, end = signed.scope[1:]
    path, _, query = environ["REQUEST_URI"].partition("?")
    # S3 signs the path as it is sent; for other services the path is encoded once more.
    path = path if service == "s3" else quote(normalize_url_path(path), safe="/~")
    parameters = sorted(tuple(each.partition("=")[::2]) for each in query.split("&") if each)
    request = [
        environ["REQUEST_METHOD"],
        path,
        "&".join(f"{name}={value}" for name, value in parameters if name != "X-Amz-Signature"),
        *(f"{name}:{' '.join(_header(environ, name).split())}" for name in signed.headers),
        "",
        ";".join(signed.headers),
        body_hash,
    ]
    digest = hashlib.sha256("\n".join(request).encode("latin-1")).hexdigest()
    text = "\n".join([ALGORITHM, signed.date, f"{day}/{region}/{service}/{end}", digest])
    key = f"AWS4{secret}".encode()
    for word in (day, region, service, end):
        key = hmac.digest(key, word.encode(), hashlib.sha256)
    return hmac.digest(key, text.encode(), hashlib.sha256).hex()


def _header(environ: Mapping[str, Any], name: str) -> str:
    variable = name.upper().replace("-", "_")
    prefix = "" if variable in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_"
    return str(environ.get(prefix + variable, ""))


def _check_version_2(environ: Mapping[str, Any], query: Mapping[str, str], keys: IssuedKeys) -> None:
    """Check a presigned URL of S3: HMAC-SHA1 over the method, the time of expiry, some headers and the path."""
    secret = _secret(keys, query["AWSAccessKeyId"], query.get("x-amz-security-token"))
    expires = query.get("Expires", "")
    if not re.fullmatch(r"\d{1,12}", expires, re.ASCII) or not 0 <= int(expires) - time.time() <= LONGEST_PRESIGNED_SEC:
        msg = "Request has expired"
        raise RefusedError(msg)

    def value(name: str) -> str:
        return query.get(name) or _header(environ, name)

    amazon = {name.lower().replace("_", "-").removeprefix("http-") for name in (*environ, *query)}
    headers = [f"{name}:{value(name)}" for name in sorted(amazon) if name.startswith("x-amz-")]
    text = "\n".join(
        [
            environ["REQUEST_METHOD"],
            value("content-md5"),
            value("content-type"),
            expires,
            *headers,
            HmacV1Auth(Credentials("", "")).canonical_resource(urlsplit(f"http://host{environ['REQUEST_URI']}")),
        ]
    )
    made = base64.b64encode(hmac.digest(secret.encode(), text.encode("latin-1"), hashlib.sha1)).decode()
    _compare(made, query.get("Signature", ""))


def _body_hash(environ: dict[str, Any], *, limit: int | None = None) -> str:
    """Return the hash of the body, which is read and put back."""
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        body = stream.read() if limit is None else stream.read(limit + 1)
    else:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = stream.read(length if limit is None else min(length, limit + 1))
    if limit is not None and len(body) > limit:
        msg = f"The body has more than {limit} bytes, and its hash is not signed in X-Amz-Content-SHA256"
        raise RefusedError(msg, code="RequestEntityTooLarge")
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    # A chunked body is complete now.
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return hashlib.sha256(body).hexdigest()


def _compare(made: str, shown: str) -> None:
    # In constant time, so that the time does not reveal where they differ.
    if not hmac.compare_digest(made.encode(), shown.encode()):
        msg = "The request signature we calculated does not match the signature you provided"
        raise RefusedError(msg, code="SignatureDoesNotMatch")
