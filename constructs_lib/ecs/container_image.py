"""An image that ECS can pull."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import DataResource, LocalExecProvisioner
from cdktf_cdktf_provider_aws.ecr_lifecycle_policy import EcrLifecyclePolicy
from cdktf_cdktf_provider_aws.ecr_repository import (
    EcrRepository,
    EcrRepositoryEncryptionConfiguration,
    EcrRepositoryImageScanningConfiguration,
)
from constructs import Construct

from constructs_lib.engine.order import Ready
from constructs_lib.engine.template import json_document
from constructs_lib.engine.terraform import PROJECT
from constructs_lib.iam.policy import allow
from constructs_lib.push_image import WORDS
from constructs_lib.push_image.image_content import CONTENT
from constructs_lib.settings.partition import ecr_repository_arn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.iam.task_role import Grantable
    from constructs_lib.push_image.build_context import BuildContext
    from constructs_lib.push_image.image_build import ImageBuild
    from constructs_lib.storage.secret import SecretReference

KEPT_IMAGES = 50
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


class ContainerImage(Construct):
    """
    Define an ECR repository, and build and push its image at apply.

    The tag is the hash of the content: the plan shows which image changes, and an image that the registry has is not
    built again. Docker pushes to ECR in *region* with *assume_role_arn*.

    With *shows_parts* the plan also shows which parts of the content change, and so why services restart: a resource
    that only Terraform's state has lists their hashes.

    If *image* is the URI of an image instead of a build, or with *registry*, which has the image of the build, there is
    neither a repository nor a build at apply. *registry_logins* are secrets by the host of a registry.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        image: ImageBuild | str,
        region: str,
        assume_role_arn: str | None = None,
        protected: bool,
        registry: str | None = None,
        registry_logins: Mapping[str, SecretReference],
        shows_parts: bool = False,
    ) -> None:
        super().__init__(scope, id_)

        self.ready = Ready()
        """What must exist before a task can pull the image."""
        self.registry_login: SecretReference | None = None
        """The secret with which ECS logs in to the registry; None: the role is enough, or nothing is needed."""
        if shows_parts and not isinstance(image, str):
            DataResource(self, CONTENT, triggers_replace={**image.parts})
        if registry and not isinstance(image, str):
            image = image.uri(registry)
        if isinstance(image, str):
            self.uri = image
            self.registry_login = registry_logins.get(image.partition("/")[0])
            self._repository_arn = ecr_repository_arn(image)
            return

        repository = self._repository(name, protected=protected)
        self._push(
            image.context,
            {
                "repository-url": repository.repository_url,
                "tag": image.tag,
                "context": image.context.folder,
                "dockerfile": image.context.dockerfile,
                "architecture": image.architecture,
                "region": region,
                "assume-role-arn": assume_role_arn,
            },
        )

        self.uri = f"{repository.repository_url}:{image.tag}"
        self._repository_arn = repository.arn

    def _push(self, context: BuildContext, options: Mapping[str, str | None]) -> None:
        """Build and push the image at apply, whenever the repository or the tag changes."""
        words = [f"--{option}={value}" for option, value in options.items() if value]
        words += [f"--additional-folder={folder}" for folder in context.additional_folders]
        words += [f"--excluded-folder={folder}" for folder in context.excluded_folders]
        words += [f"--build-argument={argument}" for argument in context.build_arguments]
        push = DataResource(
            self,
            "Push",
            triggers_replace={"repository": options["repository-url"], "tag": options["tag"]},
            provisioners=[
                LocalExecProvisioner(
                    type="local-exec",
                    working_dir=PROJECT,
                    command=".venv/bin/python -m constructs_lib.push_image",
                    # No shell reads them there.
                    environment={WORDS: json_document(words)},
                )
            ],
        )
        self.ready.add(push)

    def _repository(self, name: str, *, protected: bool) -> EcrRepository:
        repository = EcrRepository(
            self,
            "Resource",
            name=name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=EcrRepositoryImageScanningConfiguration(scan_on_push=True),
            encryption_configuration=[EcrRepositoryEncryptionConfiguration(encryption_type="AES256")],
            # Images can be built again from the project: they must not keep a stage from being destroyed.
            force_delete=not protected,
        )
        EcrLifecyclePolicy(self, "Lifecycle", repository=repository.name, policy=_keep(KEPT_IMAGES))
        return repository

    def grant_pull(self, grantee: Grantable) -> None:
        """Allow to pull the image: for the execution role of a task. An image that is not in ECR needs no grant."""
        if self._repository_arn:
            # AWS: GetAuthorizationToken is limited to no repository.
            token = allow(["ecr:GetAuthorizationToken"], ["*"])
            # ECS pulls before it writes logs and reads secrets.
            grantee.role.add(token, allow(PULL, [self._repository_arn]), first=True)


def _keep(count: int) -> str:
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count}
    rule = {
        "rulePriority": 1,
        "description": f"Keep the last {count} images",
        "selection": selection,
        "action": {"type": "expire"},
    }
    return json_document({"rules": [rule]})
