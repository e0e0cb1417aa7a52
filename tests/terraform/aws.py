"""What Terraform and the push of images find of AWS on this machine: S3, ECR and STS of moto."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, ClassVar

import boto3
from moto.server import ThreadedMotoServer

REGION = "us-east-1"
# What Docker writes for an image without layers.
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
    _numbers: ClassVar[Iterator[int]] = count(1)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead Terraform's S3 backend and boto3 there."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            # Not the developer's own.
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "TF_CLI_ARGS_init": "-backend-config=use_path_style=true",
        }

    def make_bucket(self) -> str:
        """Make a bucket for the state of one test and return its name."""
        name = f"state-{next(self._numbers)}"
        self.client("s3").create_bucket(Bucket=name)
        return name

    def put_image(self, repository: str, tag: str) -> None:
        """Let ECR have the image *tag* in *repository*."""
        ecr = self.client("ecr")
        known = ecr.exceptions
        try:
            ecr.create_repository(repositoryName=repository)
        except known.RepositoryAlreadyExistsException:
            pass
        manifest = json.dumps(MANIFEST | {"annotations": {"tag": tag}})
        try:
            ecr.put_image(repositoryName=repository, imageManifest=manifest, imageTag=tag)
        except known.ImageAlreadyExistsException:
            pass

    def client(self, service: str) -> Any:
        """Return a boto3 client of *service*."""
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


@contextmanager
def serve_aws() -> Iterator[Aws]:
    """Serve AWS on a free port of loopback."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield Aws(f"http://{host}:{port}")
    server.stop()
