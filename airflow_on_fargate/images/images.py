"""What `python main.py images` does: list the images of a stage, and build and push those that its registry lacks."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from airflow_on_fargate.images.registry import open_registry
from airflow_on_fargate.images.stage_images import registry_of, stage_images
from constructs_lib.push_image import PushError
from constructs_lib.push_image.program import push_image
from constructs_lib.shared.bad_input import BadInputError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from pathlib import Path

    from airflow_on_fargate.images.registry import Registry
    from constructs_lib.push_image.image_build import ImageBuild
    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.task_folder import TaskFolder

PARALLEL_CALLS = 16
"""Questions to the registry at a time; each takes a tenth of a second."""


def run_action(parsed: Namespace, settings: Settings, folders: Sequence[TaskFolder], *, project: Path) -> None:
    """
    Run `list`, `push` or `check` of the command line for a stage.

    Raises:
        BadInputError: the stage has no registry, or the registry is not reached or refuses, or a build failed.

    """
    builds = stage_images(settings, folders, project)
    try:
        there = open_registry(registry_of(settings), assume_role_arn=settings.assume_role_arn)
        if parsed.action == "list":
            list_images(builds, there, as_json=parsed.json)
        elif parsed.action == "push":
            push_images(builds, there, create=parsed.create_repositories, parallel=parsed.parallel)
        else:
            warn_of_missing_images(builds, there, stage=settings.stage)
    except PushError as error:
        if parsed.action != "check":
            raise BadInputError(str(error)) from error
        print(f"warning: {error}", file=sys.stderr)


def list_images(builds: Sequence[ImageBuild], registry: Registry, *, as_json: bool) -> None:
    """
    Print the URI of each image, and whether the *registry* has it.

    Raises:
        PushError: the registry is not reached, or refuses.

    """
    there = _existing(builds, registry, _missing_repositories(builds, registry))
    if as_json:
        print(json.dumps([{"uri": uri, "exists": exists} for uri, exists in there.items()], indent=2))
        return
    for uri, exists in there.items():
        print(f"{'in the registry' if exists else 'missing':15}  {uri}")


def warn_of_missing_images(builds: Sequence[ImageBuild], registry: Registry, *, stage: str) -> None:
    """
    Print a warning for each image that the *registry* lacks: ECS could not start its tasks.

    Raises:
        PushError: the registry is not reached, or refuses.

    """
    for uri, exists in _existing(builds, registry, _missing_repositories(builds, registry)).items():
        if not exists:
            print(f"warning: {uri} is not in the registry; run make push-images STAGE={stage}", file=sys.stderr)


def push_images(builds: Sequence[ImageBuild], registry: Registry, *, create: bool, parallel: int) -> None:
    """
    Build and push the images that the *registry* lacks, *parallel* at a time, and print what becomes of each.

    With *create*, repositories that do not exist are created before.

    Raises:
        BadInputError: a repository does not exist, or a build failed; then the other images have been pushed.
        PushError: the registry is not reached, or refuses.

    """
    repositories = _missing_repositories(builds, registry)
    if repositories and not create:
        msg = f"the registry has no repository {', '.join(repositories)}; create them, or add --create-repositories"
        raise BadInputError(msg)
    for name in repositories:
        registry.create_repository(name)
        print(f"created the repository {name}")
    there = _existing(builds, registry, repositories)
    waiting = [build for build in builds if not there[registry.image(build).uri]]
    print(f"{len(builds) - len(waiting)} of {len(builds)} images are in the registry")
    with ThreadPoolExecutor(parallel) as pool:
        failed = [error for error in pool.map(lambda build: _push(build, registry), waiting) if error]
    if failed:
        msg = f"{len(failed)} of {len(waiting)} images were not pushed; fix the errors above and run the command again"
        raise BadInputError(msg)


def _push(build: ImageBuild, registry: Registry) -> PushError | BadInputError | None:
    """Push the image of *build*, and print the outcome at once; return an error, which must not stop the others."""
    try:
        print(push_image(registry.image(build), context=build.context, architecture=build.architecture), flush=True)
    except (PushError, BadInputError) as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        return error
    return None


def _missing_repositories(builds: Sequence[ImageBuild], registry: Registry) -> list[str]:
    return registry.missing_repositories(build.name for build in builds)


def _existing(builds: Sequence[ImageBuild], registry: Registry, missing_repositories: Sequence[str]) -> dict[str, bool]:
    """Return for the URI of each image whether the *registry* has it; a missing or new repository has none."""
    images = [registry.image(build) for build in builds]
    with ThreadPoolExecutor(PARALLEL_CALLS) as pool:
        exist = pool.map(lambda image: image.repository not in missing_repositories and image.exists(), images)
        return dict(zip((image.uri for image in images), exist, strict=True))
