"""The registry of a stage's images: a private registry of ECR, or another one that docker can reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from constructs_lib.push_image import PushError
from constructs_lib.push_image.ecr_image import EcrImage, ecr_client
from constructs_lib.push_image.registry_image import DockerImage, RegistryImage
from constructs_lib.settings.partition import ecr_repository_arn

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

    from constructs_lib.push_image.image_build import ImageBuild


class Registry(Protocol):
    """A registry."""

    def image(self, build: ImageBuild) -> RegistryImage:
        """Return the image of *build*."""

    def create_repository(self, name: str) -> None:
        """Create a repository."""


def open_registry(url: str, *, assume_role_arn: str | None) -> Registry:
    """
    Return the registry at *url*, host and path; calls to ECR are made in *assume_role_arn*.

    Raises:
        PushError: ECR is not reached.

    """
    arn = ecr_repository_arn(f"{url}/x:1")
    if not arn:
        return OtherRegistry(url)
    _, _, _, region, account, _ = arn.split(":", 5)
    return EcrRegistry(url, account, ecr_client(region, assume_role_arn))


@dataclass(frozen=True)
class EcrRegistry:
    """The registry of an *account* in ECR."""

    url: str
    account: str
    client: ECRClient

    def image(self, build: ImageBuild) -> EcrImage:
        """Return the image of *build*."""
        return EcrImage(f"{self.url}/{build.name}", build.tag, client=self.client, account=self.account)

    def create_repository(self, name: str) -> None:
        """
        Create a repository, as those of a stage are, unless another pipeline has just done that.

        None of its images is deleted by age: several stages use them, and ECR does not know which.

        Raises:
            PushError: ECR refuses.

        """
        try:
            self.client.create_repository(
                registryId=self.account,
                repositoryName=name,
                imageTagMutability="IMMUTABLE",
                imageScanningConfiguration={"scanOnPush": True},
            )
        except self.client.exceptions.RepositoryAlreadyExistsException:
            return
        except (BotoCoreError, ClientError) as error:
            msg = f"cannot create the repository {name} in ECR: {error}"
            raise PushError(msg) from error


@dataclass(frozen=True)
class OtherRegistry:
    """A registry outside of ECR, which the docker command of this machine reaches."""

    url: str

    def image(self, build: ImageBuild) -> DockerImage:
        """Return the image of *build*."""
        return DockerImage(f"{self.url}/{build.name}", build.tag)

    def create_repository(self, name: str) -> None:
        """
        Refuse to create a repository.

        Raises:
            PushError: always.

        """
        msg = f"cannot create the repository {name}: {self.url} is no registry of ECR"
        raise PushError(msg)
