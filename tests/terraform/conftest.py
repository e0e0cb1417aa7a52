"""The machine that tests with Terraform need: the command, a stand-in for its AWS provider, and AWS on loopback."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from constructs_lib.settings.settings import Settings
from tests.requirements_of_machine import require
from tests.terraform.aws import Aws, serve_aws
from tests.terraform.cloud import Cloud
from tests.terraform.deployment import Deploy, Deployment, make_project
from tests.terraform.standin import install


@pytest.fixture(name="standin", scope="session")
def _standin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the stand-in into a folder."""
    sources = os.environ.get("TERRAFORM_STANDIN", "")
    require("the command terraform", present=shutil.which("terraform") is not None)
    require("TERRAFORM_STANDIN, the folder of a stand-in for Terraform's AWS provider,", present=bool(sources))
    require("the command go, which compiles the stand-in,", present=shutil.which("go") is not None)
    folder = tmp_path_factory.mktemp("standin")
    # Of several processes that run tests, the first compiles; the others then find Go's cache filled.
    with (tmp_path_factory.getbasetemp().parent / "standin.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install(Path(sources), folder)
    return folder


@pytest.fixture(name="aws", scope="session")
def _aws() -> Iterator[Aws]:
    """Serve S3 for the state, ECR for the images, STS for the role to assume."""
    with serve_aws() as aws:
        yield aws


@pytest.fixture(name="environment", scope="session")
def _environment(standin: Path, aws: Aws) -> Mapping[str, str]:
    """Return the environment of Terraform, without what the user has set for it and for AWS."""
    users = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    ours = {
        "CHECKPOINT_DISABLE": "1",
        # Terraform and the provider end before it matters: a fifth less CPU, for memory that the machine has.
        "GOGC": "400",
        "TF_CLI_ARGS": "-no-color",
        "TF_CLI_CONFIG_FILE": str(standin / "terraform.rc"),
        # The cdktf command asks for checksums, and this part of Terraform does not look into its configuration.
        "TF_CLI_ARGS_providers_lock": f"-fs-mirror={standin / 'mirror'}",
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
    }
    return users | aws.environment | ours


@pytest.fixture(name="deploy", scope="session")
def _deploy(aws: Aws, environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Deploy:
    """Return what composes a stage, ready to apply."""

    def deploy(
        settings: Settings, *, cloud: Cloud | None = None, bucket: str = "", tasks: Mapping[str, str] | None = None
    ) -> Deployment:
        folder = tmp_path_factory.mktemp(settings.stage)
        return Deployment(
            # A shell would stumble over the name.
            make_project(folder / "their 'project' \"$HOME\"", tasks or {}),
            settings.model_copy(update={"state_bucket": bucket or aws.make_bucket()}),
            aws=aws,
            cloud=cloud or Cloud(folder / "cloud"),
            environment=environment,
        )

    return deploy
