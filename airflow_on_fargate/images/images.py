"""List the images of a stage, and build and push those that its registry lacks."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from airflow_on_fargate.advice import advised
from airflow_on_fargate.images.registry import open_registry
from airflow_on_fargate.images.stage_images import registry_of, stage_images
from airflow_on_fargate.interruption import after_interrupt
from constructs_lib.push_image import MissingRepositoryError, PushError
from constructs_lib.push_image.program import push_image
from constructs_lib.shared.bad_input import BadInputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from airflow_on_fargate.images.registry import Registry
    from constructs_lib.push_image.image_build import ImageBuild
    from constructs_lib.push_image.registry_image import RegistryImage
    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.task_folder import TaskFolder

PARALLEL_CALLS = 16
"""Questions to the registry at a time; each takes a tenth of a second."""


@dataclass(frozen=True)
class FoundImage:
    """What a registry has of the *image* of *build*."""

    build: ImageBuild
    image: RegistryImage
    exists: bool
    has_repository: bool


@dataclass(frozen=True)
class ImagesOfStage:
    """The images of *stage*, and the *registry* that has them or lacks them."""

    stage: str
    builds: Sequence[ImageBuild]
    registry: Registry

    @classmethod
    def of(cls, settings: Settings, folders: Sequence[TaskFolder], *, project: Path) -> Self:
        """
        Return the images of the stage with these *settings* and these *folders* of `tasks/`.

        Raises:
            BadInputError: the stage has no registry, or a folder is wrong.
            PushError: the registry is not reached, or refuses.

        """
        builds = stage_images(settings, folders, project)
        registry = open_registry(registry_of(settings), assume_role_arn=settings.assume_role_arn)
        return cls(settings.stage, builds, registry)

    def print_list(self, *, as_json: bool) -> None:
        """
        Print the URI of each image, and whether the registry has it.

        Raises:
            PushError: the registry is not reached, or refuses.

        """
        found = self._look_up()
        if as_json:
            print(json.dumps([{"uri": each.image.uri, "exists": each.exists} for each in found], indent=2))
            return
        for each in found:
            print(f"{'in the registry' if each.exists else 'missing':15}  {each.image.uri}")

    def warn_of_missing(self) -> None:
        """
        Print a warning for each image that the registry lacks: ECS could not start its tasks.

        Raises:
            PushError: the registry is not reached, or refuses.

        """
        for each in self._look_up():
            if not each.exists:
                print(
                    f"warning: {each.image.uri} is not in the registry; run {advised('images push', self.stage)}",
                    file=sys.stderr,
                )

    def push(self, *, create: bool, parallel: int) -> None:
        """
        Build and push the images that the registry lacks, *parallel* at a time, and print what becomes of each.

        With *create*, repositories that do not exist are created before.

        Raises:
            BadInputError: a repository does not exist, or a build failed; then the other images have been pushed.
            PushError: the registry is not reached, or refuses.

        """
        found = self._look_up()
        repositories = sorted({each.image.repository for each in found if not each.has_repository})
        if repositories and not create:
            msg = f"the registry has no repository {', '.join(repositories)}; create them, or add --create-repositories"
            raise BadInputError(msg)
        for name in repositories:
            self.registry.create_repository(name)
            print(f"created the repository {name}")
        waiting = [each for each in found if not each.exists]
        print(f"{len(found) - len(waiting)} of {len(found)} images are in the registry")
        again = f"{advised('images push', self.stage)} pushes the images that are not reported above"
        with after_interrupt(again), ThreadPoolExecutor(parallel) as pool:
            failed = [error for error in pool.map(_push, waiting) if error]
        if failed:
            msg = (
                f"{len(failed)} of {len(waiting)} images were not pushed; fix the errors above and run the command"
                " again"
            )
            raise BadInputError(msg)

    def _look_up(self) -> list[FoundImage]:
        """Ask the registry for each image."""
        with ThreadPoolExecutor(PARALLEL_CALLS) as pool:
            return list(pool.map(lambda build: _find(build, self.registry.image(build)), self.builds))


def _push(found: FoundImage) -> PushError | BadInputError | None:
    """Push an image, and print the outcome at once; return an error, which must not stop the others."""
    try:
        outcome = push_image(found.image, context=found.build.context, architecture=found.build.architecture)
        print(outcome, flush=True)
    except (PushError, BadInputError) as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        return error
    return None


def _find(build: ImageBuild, image: RegistryImage) -> FoundImage:
    try:
        return FoundImage(build, image, exists=image.exists(), has_repository=True)
    except MissingRepositoryError:
        return FoundImage(build, image, exists=False, has_repository=False)
