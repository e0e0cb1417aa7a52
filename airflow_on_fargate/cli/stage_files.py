"""The commands that write, list or push what a stage is made of: images, plain Terraform, policies."""

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airflow_on_fargate.cli.options import AsJson, Stage, example, whole_number
from airflow_on_fargate.cli.stages import find_stage
from airflow_on_fargate.project import project_folder

if TYPE_CHECKING:
    from airflow_on_fargate.images.images import ImagesOfStage
    from constructs_lib.settings.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    images = typer.Typer(
        help="List and push the images of a stage with an image_registry.",
        epilog=example("images list", "--stage prod"),
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    images.command("list", epilog=example("images list", "--stage prod --json"))(list_images)
    images.command("push", epilog=example("images push", "--stage prod --create-repositories"))(push_images)
    images.command("check", epilog=example("images check", "--stage prod"))(check_images)
    app.add_typer(images, name="images")
    app.command(epilog=example("export", "--stage prod --to ../airflow-prod"))(export)
    app.command(epilog=example("policy", "plan --stage prod"))(policy)


def list_images(*, stage: Stage, as_json: AsJson = False) -> None:
    """Show which images a stage needs, and which its registry has."""
    _images(find_stage(stage)).print_list(as_json=as_json)


def push_images(
    *,
    stage: Stage,
    create_repositories: Annotated[
        bool, typer.Option("--create-repositories", help="Create the repositories that ECR lacks.")
    ] = False,
    parallel: Annotated[
        int,
        typer.Option(
            "--parallel",
            parser=partial(whole_number, minimum=1, maximum=16),
            metavar="N",
            help="Images at a time, from 1 to 16.",
        ),
    ] = 2,
) -> None:
    """Build and push the images that the registry lacks."""
    _images(find_stage(stage)).push(create=create_repositories, parallel=parallel)


def check_images(*, stage: Stage) -> None:
    """
    Warn of images that the registry lacks, as plan and deploy do.

    The exit code is 0.
    """
    settings = find_stage(stage)
    # A stage that builds its own images has nothing to check and needs no boto3 for that.
    if settings.image_registry:
        warn_of_missing_images(settings)


def warn_of_missing_images(settings: "Settings") -> None:
    """Print a warning for each image that the registry of the stage lacks, or that the registry is not reached."""
    from constructs_lib.push_image import PushError  # noqa: PLC0415 as below

    try:
        _images(settings).warn_of_missing()
    except PushError as error:
        print(f"warning: {error}", file=sys.stderr)


def _images(settings: "Settings") -> "ImagesOfStage":
    from constructs_lib.settings.task_folder import find_task_folders  # noqa: PLC0415 imports pydantic
    from constructs_lib.shared.bad_input import BadInputError  # noqa: PLC0415 as above

    try:
        from airflow_on_fargate.images.images import ImagesOfStage  # noqa: PLC0415 only these commands need boto3
    except ModuleNotFoundError as error:
        msg = f"{error.name} is not installed in {sys.prefix}; run: pip install 'airflow-on-fargate[deploy]'"
        raise BadInputError(msg) from error
    project = project_folder()
    return ImagesOfStage.of(settings, find_task_folders(project / "tasks", stage=settings.stage), project=project)


def export(
    *,
    stage: Stage,
    to: Annotated[
        Path, typer.Option("--to", metavar="FOLDER", help="A new or empty folder, or an earlier export of its kind.")
    ],
    module: Annotated[
        bool, typer.Option("--module", help="Write a module with variables, without provider and backend.")
    ] = False,
) -> None:
    """Write a stage as plain Terraform, in HCL, a file for each part."""
    from airflow_on_fargate.program import export_stage  # noqa: PLC0415 imports pydantic

    export_stage(find_stage(stage), project=project_folder(), folder=to, environment=os.environ, as_module=module)


def policy(
    name: Annotated[str, typer.Argument(metavar="NAME", help="plan, deploy-network, operate, ... (docs/roles.md)")],
    *,
    stage: Stage,
) -> None:
    """Print an IAM policy that people or pipelines need for a stage."""
    from airflow_on_fargate.program import print_policy  # noqa: PLC0415 as above

    print_policy(name, find_stage(stage), project=project_folder(), environment=os.environ)
