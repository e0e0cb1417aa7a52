"""What a pipeline needs of an `image_registry` in ECR: look for images, build and push them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_on_fargate.pipeline_roles.stage_arns import statement
from constructs_lib.settings.partition import ecr_repository_arn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_on_fargate.pipeline_roles.stage_arns import Statement
    from constructs_lib.settings.settings import Settings


def find_images(settings: Settings) -> Iterator[Statement]:
    """Yield what `make plan` and `make images` need to look for the images."""
    if repositories := _repositories(settings):
        yield statement("FindImages", ["ecr:DescribeImages"], repositories)


def push_images(settings: Settings) -> Iterator[Statement]:
    """
    Yield what `make push-images` needs in addition, with `CREATE_REPOSITORIES=1` too.

    AWS: "IAM permissions for pushing an image to an Amazon ECR private repository".
    """
    if repositories := _repositories(settings):
        yield statement(
            "PushImages",
            [
                f"ecr:{each}"
                for each in (
                    *("BatchCheckLayerAvailability", "BatchGetImage", "CompleteLayerUpload", "CreateRepository"),
                    *("InitiateLayerUpload", "PutImage", "UploadLayerPart"),
                )
            ],
            repositories,
        )
        yield statement("LogIntoRegistry", ["ecr:GetAuthorizationToken"], ["*"])


def _repositories(settings: Settings) -> list[str]:
    """Return the ARNs of the repositories in the stage's registry, if that is in ECR."""
    arns = [ecr_repository_arn(f"{settings.image_registry}/{name}:1") for name in ("airflow", "tasks/*")]
    return [arn for arn in arns if arn]
