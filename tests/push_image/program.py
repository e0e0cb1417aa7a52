"""The program, as Terraform runs it."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from constructs_lib.push_image import WORDS
from constructs_lib.push_image import program as push_image

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

ACCOUNT = "123456789012"
REGISTRY = f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com"
URI = f"{REGISTRY}/airflow-dev-x:0123456789abcdef"
OPTIONS = (
    f"--repository-url={REGISTRY}/airflow-dev-x",
    "--tag=0123456789abcdef",
    "--architecture=X86_64",
    "--region=eu-central-1",
)
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": []})


def put(ecr: "ECRClient") -> None:
    """Let ECR have the image."""
    ecr.put_image(repositoryName="airflow-dev-x", imageTag="0123456789abcdef", imageManifest=MANIFEST)


def run(monkeypatch: pytest.MonkeyPatch, context: Path, *more: str) -> int:
    """Run the program as Terraform does."""
    monkeypatch.setattr(sys, "argv", ["push_image"])
    monkeypatch.setenv(WORDS, json.dumps([*OPTIONS, f"--context={context}", *more]))
    return push_image.main()
