"""A registry of container images on loopback, which asks for a password as ECR does."""

import http.client
import json
import shutil
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.requirements_of_machine import require

USER = "AWS"
# What moto's ECR hands out for its own account, and bcrypt of it.
PASSWORD = "123456789012-auth-token"
HTPASSWD = f"{USER}:$2y$05$abcdefghijklmnopqrstuu/4ofrUS75HrKu6f.iuRo0I/XlrmpqlC\n"
NOBODY = "nobody:$2y$05$abcdefghijklmnopqrstuu/4ofrUS75HrKu6f.iuRo0I/XlrmpqlC\n"

CONFIG = """\
version: 0.1
log: {{level: warn}}
http: {{addr: "{address}"}}
auth: {{htpasswd: {{realm: test, path: "{folder}/htpasswd"}}}}
storage:
  filesystem: {{rootdirectory: "{folder}/images"}}
  maintenance: {{readonly: {{enabled: {read_only}}}}}
"""


@dataclass(frozen=True)
class Registry:
    """Ask the registry at *address* what it holds."""

    address: str

    def tags(self, repository: str) -> list[str]:
        """Return the tags of *repository*, none if there is no such repository."""
        status, body = self._get(f"/v2/{repository}/tags/list")
        return list(json.loads(body)["tags"] or []) if status == http.client.OK else []

    def manifest(self, repository: str, tag: str) -> str:
        """Return the image's manifest, as `put_image` of ECR takes it."""
        status, body = self._get(f"/v2/{repository}/manifests/{tag}")
        assert status == http.client.OK, body
        return body

    def config(self, repository: str, tag: str) -> dict[str, Any]:
        """Return the image's configuration: its platform, user and command."""
        digest = json.loads(self.manifest(repository, tag))["config"]["digest"]
        return dict(json.loads(self._get(f"/v2/{repository}/blobs/{digest}")[1]))

    def _get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection(self.address, timeout=10)
        headers = {
            "Authorization": "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode(),
            "Accept": "application/vnd.docker.distribution.manifest.v2+json",
        }
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read().decode()


@contextmanager
def registry(folder: Path, *, read_only: bool = False, locked: bool = False) -> Iterator[Registry]:
    """Serve images from *folder* for as long as the block runs; *locked*, it knows no user that ECR knows."""
    program = shutil.which("docker-registry")
    require("docker-registry", present=bool(program))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    (folder / "htpasswd").write_text(NOBODY if locked else HTPASSWD)
    config = folder / "config.yml"
    config.write_text(CONFIG.format(address=address, folder=folder, read_only=str(read_only).lower()))
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([str(program), "serve", str(config)], stdout=log, stderr=log)
        try:
            _wait(address, server, folder / "log")
            yield Registry(address)
        finally:
            server.kill()
            server.wait()
            _forget_images(address)


def _forget_images(address: str) -> None:
    """Remove from Docker what was built for this registry."""
    docker = shutil.which("docker")
    if docker:
        listing = [docker, "image", "ls", "--filter", f"reference={address}/*", "--format", "{{.Repository}}:{{.Tag}}"]
        images = subprocess.run(listing, capture_output=True, text=True, check=False).stdout.split()
        subprocess.run([docker, "image", "rm", *images], capture_output=True, check=False)


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    host, _, port = address.partition(":")
    for _ in range(100):
        assert server.poll() is None, log.read_text()
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())
