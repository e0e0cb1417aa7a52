"""What Terraform and the push of images find of AWS on this machine: moto's S3, ECR and STS."""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from constructs_lib.engine.template import resource_names
from tests.template import Template

_numbers = count(1)
# Docker's manifest of an image without layers.
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {
        "mediaType": "application/vnd.docker.container.image.v1+json",
        "size": 2,
        "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    },
    "layers": [],
}


@dataclass(frozen=True)
class Aws:
    """An AWS endpoint on loopback."""

    url: str

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead Terraform's S3 backend and boto3 there, and nowhere else."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "TF_CLI_ARGS_init": "-backend-config=use_path_style=true",
        }

    @property
    def s3(self) -> Any:  # noqa: ANN401 boto3 creates the type
        """A client of S3."""
        return self._session.client("s3", endpoint_url=self.url)

    @property
    def _session(self) -> boto3.Session:
        return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")

    def make_bucket(self) -> str:
        """Make a bucket for the state of one stage and return its name."""
        name = f"state-{next(_numbers)}"
        self.s3.create_bucket(Bucket=name)
        return name

    def put_images(self, document: Mapping[str, Any], *, region: str) -> None:
        """Let ECR have all images that a stack's *document* would build, so that no test has to."""
        ecr = self._session.client("ecr", region_name=region, endpoint_url=self.url)
        stack = Template(document)
        for push in stack.pushes().values():
            wanted = push["triggers_replace"]
            [repository] = resource_names(wanted["repository"], "aws_ecr_repository")
            name = stack.all("aws_ecr_repository")[repository]["name"]
            with suppress(ecr.exceptions.RepositoryAlreadyExistsException):
                ecr.create_repository(repositoryName=name)
            with suppress(ecr.exceptions.ImageAlreadyExistsException):
                ecr.put_image(repositoryName=name, imageTag=wanted["tag"], imageManifest=json.dumps(MANIFEST))


@contextmanager
def serve_aws() -> Iterator[Aws]:
    """Serve AWS on a free port of loopback."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield Aws(f"http://{host}:{port}")
    server.stop()
