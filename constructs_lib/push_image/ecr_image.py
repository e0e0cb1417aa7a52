"""One image of an ECR repository, as AWS's API sees it."""

import base64

from botocore.exceptions import BotoCoreError, ClientError

from constructs_lib.iam.aws_session import aws_session
from constructs_lib.push_image import PushError


class EcrImage:
    """
    The image *tag* of the repository at *repository_url*, in the caller's account.

    With *assume_role_arn* all is asked in that role, as the Terraform provider does. boto3 finds credentials and
    endpoint where Terraform finds them.
    """

    def __init__(self, repository_url: str, tag: str, *, region: str, assume_role_arn: str | None = None) -> None:
        self.registry, _, self.repository = repository_url.partition("/")
        self.uri = f"{repository_url}:{tag}"
        self._tag = tag
        try:
            self._client = aws_session(region, assume_role_arn, name="push-image").client("ecr")
        except (BotoCoreError, ClientError) as error:
            msg = f"cannot talk to ECR in {region}: {error}"
            raise PushError(msg) from error

    def exists(self) -> bool:
        """
        Return whether the repository has the tag.

        Raises:
            PushError: if ECR does not say.

        """
        try:
            self._client.describe_images(repositoryName=self.repository, imageIds=[{"imageTag": self._tag}])
        except self._client.exceptions.ImageNotFoundException:
            return False
        except (BotoCoreError, ClientError) as error:
            msg = f"cannot ask ECR for {self.uri}: {error}"
            raise PushError(msg) from error
        return True

    def login(self) -> tuple[str, str]:
        """
        Return user and password of the registry, good for twelve hours.

        Raises:
            PushError: if ECR gives none.

        """
        try:
            answer = self._client.get_authorization_token()
        except (BotoCoreError, ClientError) as error:
            msg = f"ECR gives no login for {self.registry}: {error}"
            raise PushError(msg) from error
        token = base64.b64decode(answer["authorizationData"][0]["authorizationToken"])
        user, _, password = token.decode().partition(":")
        return user, password
