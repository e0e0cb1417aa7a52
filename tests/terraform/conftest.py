"""The machine that the tests with Terraform need: the command, a provider that stands in for AWS's, AWS on loopback."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path

import pytest

from constructs_lib.settings import Settings
from tests.requirements_of_machine import require
from tests.terraform.aws import Aws, serve_aws
from tests.terraform.cloud import Cloud
from tests.terraform.deployment import Deployment, make_project

Deploy = Callable[..., Deployment]


@pytest.fixture(scope="session")
def _terraform() -> None:
    require("the command terraform", present=shutil.which("terraform") is not None)


@pytest.fixture(scope="session")
def standin(_terraform: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return Terraform's configuration that has the stand-in take the place of the AWS provider."""
    sources = os.environ.get("TERRAFORM_STANDIN", "")
    require(
        "a stand-in for Terraform's AWS provider (its sources' folder in TERRAFORM_STANDIN)", present=bool(sources)
    )
    require("the command go, which builds the stand-in", present=shutil.which("go") is not None)
    folder = tmp_path_factory.getbasetemp() / "standin"
    # Two builds at a time would each take as long as both.
    with (tmp_path_factory.getbasetemp().parent / "standin.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run([Path(sources) / "install.sh", folder], check=True)
    return folder / "terraform.rc"


@pytest.fixture(scope="session")
def aws(_terraform: None) -> Iterator[Aws]:
    """Serve S3 for the state, ECR for the images, STS for roles to assume."""
    with serve_aws() as served:
        yield served


@pytest.fixture(scope="session")
def environment(standin: Path, aws: Aws) -> Mapping[str, str]:
    """Return the environment of Terraform, free of what the developer has set for it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    return {
        **kept,
        **aws.environment,
        "TF_CLI_CONFIG_FILE": str(standin),
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
    }


@pytest.fixture(scope="session")
def deploy(
    aws: Aws, environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Deploy:
    """
    Compose a stage in a project of its own, ready to apply.

    Another deployment's *cloud* makes both live in one account; its *bucket* makes them the same stage.
    """

    def deploy(settings: Settings, *, cloud: Cloud | None = None, bucket: str = "", tasks: Mapping[str, str] = {}) -> Deployment:
        folder = tmp_path_factory.mktemp("clone")
        return Deployment(
            make_project(folder / "project", tasks),
            settings.model_copy(update={"state_bucket": bucket or aws.make_bucket()}),
            aws=aws,
            cloud=cloud or Cloud(folder / "cloud"),
            environment=environment,
        )

    return deploy
