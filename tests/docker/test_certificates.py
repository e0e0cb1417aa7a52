"""Promises of the certificate authorities that the Airflow image trusts."""

from pathlib import Path

import pytest

from tests.certificates import make_authority
from tests.docker.airflow_image import airflow_image, authority, docker

pytestmark = pytest.mark.docker
CLIENTS = """if True:
    import socket, ssl, threading, urllib.request

    import botocore.awsrequest, botocore.httpsession, httpx, pycurl, requests

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("/tmp/server.pem")
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"https://localhost:{listener.getsockname()[1]}/"

    def serve():
        while True:
            connection, _ = listener.accept()
            try:
                with context.wrap_socket(connection, server_side=True) as client:
                    client.recv(4096)
                    client.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n")
            except OSError:
                pass

    def celery():
        # As kombu asks SQS.
        curl = pycurl.Curl()
        curl.setopt(pycurl.URL, url)
        curl.setopt(pycurl.CAINFO, botocore.httpsession.get_cert_path(True))
        curl.perform()

    def boto():
        request = botocore.awsrequest.AWSRequest("GET", url).prepare()
        botocore.httpsession.URLLib3Session().send(request)

    threading.Thread(target=serve, daemon=True).start()
    for name, ask in {
        "boto3": boto,
        "Celery": celery,
        "Python": lambda: urllib.request.urlopen(url),
        "httpx": lambda: httpx.get(url),
        "requests": lambda: requests.get(url),
    }.items():
        try:
            ask()
            print(name, "trusts")
        except Exception as error:
            print(name, "refuses" if "certificate" in str(error).lower() else error)
    """


def test_every_client_trusts_what_is_added(tmp_path: Path) -> None:
    """The clients in the image trust an added authority, and no other unknown one."""
    foreign = make_authority(tmp_path / "foreign")

    with airflow_image() as image:
        printed = [
            docker(
                "run", "--rm", "--network=none", f"--volume={server}:/tmp/server.pem:ro", image, "python", "-c", CLIENTS
            )
            for server in (authority().server, foreign.server)
        ]

    names = ("boto3", "Celery", "Python", "httpx", "requests")
    assert [each.splitlines() for each in printed] == [
        [f"{name} {verb}" for name in names] for verb in ("trusts", "refuses")
    ]
