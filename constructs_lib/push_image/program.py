"""Build a container image and push it to ECR, unless ECR has it: `python -m constructs_lib.push_image --help`."""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from constructs_lib.push_image import WORDS, PushError
from constructs_lib.push_image.build_context import BuildContext
from constructs_lib.push_image.docker_command import PLATFORMS, docker_command
from constructs_lib.shared.bad_input import BadInputError

if TYPE_CHECKING:
    from constructs_lib.push_image.ecr_image import EcrImage
    from constructs_lib.push_image.registry_image import RegistryImage


def push_image(image: "RegistryImage", *, context: BuildContext, architecture: str) -> str:
    """
    Build *image* from *context* and push it, unless the repository has it; return what was done, in words.

    An image that the repository has needs no Docker.

    Raises:
        PushError: the sentence reports the step that failed.

    """
    if image.exists():
        return f"{image.uri} is in the registry"
    start = time.monotonic()
    credentials = image.login()
    with docker_command(image.repository, registry=image.registry, users_login=not credentials) as docker:
        docker.architecture()
        if credentials:
            docker.login(*credentials)
        docker.build(image.uri, context=context, architecture=architecture)
        built = time.monotonic()
        # Tags are immutable: if another machine has pushed this image meanwhile, this push is refused, which is fine.
        if not docker.push(image.uri) and not image.exists():
            msg = f"docker push of {image.uri} failed; see the output of docker above"
            raise PushError(msg)
    seconds = f"built in {built - start:.0f} s, pushed in {time.monotonic() - built:.0f} s"
    return f"{image.uri} is in the registry, {seconds}"


def main() -> int:
    """Return the exit code: 1, after one sentence, if the image was not pushed."""
    options = parse(sys.argv[1:] or json.loads(os.environ.get(WORDS, "[]")))
    # As an interrupt, so that the login is removed and docker is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        outcome = push_image(_image(options), context=build_context(options), architecture=options.architecture)
    except (BadInputError, PushError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{options.repository_url}:{options.tag} was not pushed: the program was interrupted", file=sys.stderr)
        return 1
    print(outcome)
    return 0


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Return the options in *words*, the arguments of the command line; wrong ones end the program."""
    arguments = argparse.ArgumentParser(prog="push_image", description=__doc__)
    arguments.add_argument("--repository-url", required=True, help="registry and repository, without a tag")
    arguments.add_argument("--tag", required=True, help="the hash of the content")
    arguments.add_argument("--context", required=True, help="the folder to build")
    arguments.add_argument("--dockerfile", default="Dockerfile", help="its path inside the folder")
    arguments.add_argument("--architecture", required=True, choices=PLATFORMS, help="processor that the image is for")
    arguments.add_argument("--region", required=True, help="AWS region of the repository")
    arguments.add_argument("--assume-role-arn", help="role for calls to ECR, as in the Terraform provider")
    arguments.add_argument("--additional-folder", action="append", default=[], help="another folder of the context")
    arguments.add_argument("--excluded-folder", action="append", default=[], help="a folder that the image has not")
    arguments.add_argument("--build-argument", action="append", default=[], help="NAME=value for the Dockerfile")
    return arguments.parse_args(words)


def build_context(options: argparse.Namespace, project: Path = Path()) -> BuildContext:
    """Return the context of the command line, a folder of *project*."""
    return BuildContext(
        project,
        options.context,
        options.dockerfile,
        additional_folders=tuple(options.additional_folder),
        with_product_files=options.context == ".",
        excluded_folders=tuple(options.excluded_folder),
        build_arguments=tuple(options.build_argument),
    )


def _image(options: argparse.Namespace) -> "EcrImage":
    try:
        from constructs_lib.push_image.ecr_image import EcrImage, ecr_client  # noqa: PLC0415 - synthesis does not need boto3
    except ModuleNotFoundError as error:
        msg = f"{error.name} is not installed in {sys.prefix}; run: pip install 'airflow-on-fargate[deploy]'"
        raise PushError(msg) from error
    client = ecr_client(options.region, options.assume_role_arn)
    return EcrImage(options.repository_url, options.tag, client=client)
