"""One image of an ECR repository, as AWS's API sees it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, TypedDict

from botocore.exceptions import BotoCoreError, ClientError

from constructs_lib.iam.aws_session import aws_session
from constructs_lib.push_image import MissingRepositoryError, PushError

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient


class _Owner(TypedDict, total=False):
    registryId: str


def ecr_client(region: str, assume_role_arn: str | None) -> ECRClient:
    """
    Return a client of ECR in *region*.

    With *assume_role_arn* it assumes that role, as the Terraform provider does. boto3 finds credentials and endpoint in
    the same places as Terraform.

    Raises:
        PushError: AWS is not reached, or does not let the caller have the role.

    """
    try:
        return aws_session(region, assume_role_arn, name="push-image").client("ecr")
    except (BotoCoreError, ClientError) as error:
        msg = f"cannot connect to ECR in {region}: {error}"
        raise PushError(msg) from error


class EcrImage:
    """The image *tag* of the repository at *repository_url*; without *account*, in the caller's account."""

    def __init__(self, repository_url: str, tag: str, *, client: ECRClient, account: str | None = None) -> None:
        self.registry, _, self.repository = repository_url.partition("/")
        self.uri = f"{repository_url}:{tag}"
        self._tag = tag
        self._client = client
        self._owner: _Owner = {"registryId": account} if account else {}

    def exists(self) -> bool:
        """
        Return whether the repository has the tag.

        Raises:
            MissingRepositoryError: there is no such repository.
            PushError: the call to ECR fails.

        """
        try:
            self._client.describe_images(
                **self._owner, repositoryName=self.repository, imageIds=[{"imageTag": self._tag}]
            )
        except self._client.exceptions.ImageNotFoundException:
            return False
        except self._client.exceptions.RepositoryNotFoundException as error:
            msg = f"the registry {self.registry} has no repository {self.repository}"
            raise MissingRepositoryError(msg) from error
        except (BotoCoreError, ClientError) as error:
            msg = f"cannot look for {self.uri} in ECR: {error}"
            raise PushError(msg) from error
        return True

    def login(self) -> tuple[str, str]:
        """
        Return user and password of the registry, which are valid for twelve hours.

        Raises:
            PushError: the call to ECR fails.

        """
        try:
            answer = self._client.get_authorization_token()
        except (BotoCoreError, ClientError) as error:
            msg = f"cannot get a login to {self.registry} from ECR: {error}"
            raise PushError(msg) from error
        token = base64.b64decode(answer["authorizationData"][0]["authorizationToken"])
        user, _, password = token.decode().partition(":")
        return user, password
