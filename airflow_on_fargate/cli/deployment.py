"""The commands that change what is deployed, and those that come before."""

import os
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from airflow_on_fargate.advice import advised, advised_option
from airflow_on_fargate.cli.options import AllowOlderPackage, AutoApprove, Stage, example
from airflow_on_fargate.cli.stages import find_stage, write_stages
from airflow_on_fargate.project import STACKS, project_folder

if TYPE_CHECKING:
    from airflow_on_fargate.cli.engine_command import EngineCommand
    from airflow_on_fargate.deployed_state import DeployedState
    from airflow_on_fargate.project_stages import Action
    from constructs_lib.settings.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    app.command(epilog=example("synth"))(synth)
    app.command(epilog=example("plan", "--stage dev"))(plan)
    app.command(epilog=example("deploy", "--stage dev --auto-approve"))(deploy)
    app.command(epilog=example("destroy", "--stage dev"))(destroy)
    app.command(epilog=example("bootstrap", "--stage dev"))(bootstrap)
    app.command(hidden=True)(check)
    app.command(hidden=True)(synth_bootstrap)


def synth() -> None:
    """
    Write the Terraform JSON of every stage to cdktf.out.

    Runs the project's main.py, so your own stacks are there too.
    """
    write_stages()


def plan(*, stage: Stage, allow_older_package: AllowOlderPackage = False) -> None:
    """
    Show what a deployment would change.

    A stage that a newer package has deployed is refused. Needs Terraform and the command cdktf of cdktf-cli.
    """
    settings, command = _prepare("plan", stage)
    write_stages(quiet=True)
    state = _deployed(settings, command, "plan", allow_older_package=allow_older_package)
    _explain_restart(settings, state)
    _warn_of_missing_images(settings)
    command.plan(settings.name)


def deploy(*, stage: Stage, auto_approve: AutoApprove = False, allow_older_package: AllowOlderPackage = False) -> None:
    """
    Create or update a stage, and watch its services start.

    A stage that a newer package has deployed is refused. Needs Terraform and the command cdktf of cdktf-cli. Ctrl-C
    during the watch stops watching; the deployment continues.
    """
    from airflow_on_fargate.cli.operation import continues, operating  # noqa: PLC0415 imports pydantic or boto3

    settings, command = _prepare("deploy", stage)
    with operating("deploy", stage) as operations:
        operations.refuse_paused()
    state = _deployed(settings, command, "deploy", allow_older_package=allow_older_package)
    _explain_restart(settings, state)
    _warn_of_missing_images(settings)
    command.deploy(settings.name, auto_approve=auto_approve)
    with operating("deploy", stage, interrupted=continues(stage), compose=False) as operations:
        operations.watch()


def destroy(*, stage: Stage, auto_approve: AutoApprove = False, allow_older_package: AllowOlderPackage = False) -> None:
    """
    Delete a stage in AWS.

    A stage that is protected or that a newer package has deployed is refused. Needs Terraform and the command cdktf of
    cdktf-cli.
    """
    from airflow_on_fargate.cli.operation import operating  # noqa: PLC0415 imports pydantic or boto3

    settings, command = _prepare("destroy", stage)
    write_stages(quiet=True)
    state = _deployed(settings, command, "destroy", allow_older_package=allow_older_package)
    state.refuse_protected(stage=stage)
    again = f"{advised('destroy', stage)} continues from here"
    with operating("destroy", stage, interrupted=again, compose=False) as operations:
        operations.stop_tasks(auto_approve=auto_approve)
    command.destroy(settings.name, auto_approve=auto_approve)


def bootstrap(*, stage: Stage, auto_approve: AutoApprove = False) -> None:
    """
    Create the bucket for the Terraform state, and github_roles.

    Needs Terraform and the command cdktf of cdktf-cli.
    """
    settings, command = _prepare("bootstrap", stage)
    command.bootstrap(stage, f"{settings.name}-*", auto_approve=auto_approve)


def check(
    action: Annotated[Literal["plan", "deploy", "destroy", "bootstrap"], typer.Argument()], *, stage: Stage
) -> None:
    """Fail with one sentence if an action must not be done with a stage; make asks before it installs packages."""
    _checked(action, stage)


def synth_bootstrap(*, stage: Stage) -> None:
    """Write the stacks of `bootstrap`; the command of the engine runs this."""
    from airflow_on_fargate.program import write_bootstrap_stacks  # noqa: PLC0415 imports pydantic or boto3

    write_bootstrap_stacks(find_stage(stage), project=project_folder(), environment=os.environ)


def _prepare(action: "Action", stage: str) -> tuple["Settings", "EngineCommand"]:
    """Return the settings of *stage* and the engine's command, after all that can be refused before anything runs."""
    from airflow_on_fargate.cli.engine_command import EngineCommand  # noqa: PLC0415 imports pydantic or boto3
    from constructs_lib.engine.engine_environment import check_engine  # noqa: PLC0415 as above

    # Before all else: every command but `check` needs it.
    check_engine(os.environ)
    return _checked(action, stage), EngineCommand.find(os.environ)


def _checked(action: "Action", stage: str) -> "Settings":
    from airflow_on_fargate.project_stages import refuse  # noqa: PLC0415 imports pydantic

    settings = find_stage(stage)
    refuse(action, settings)
    return settings


def _warn_of_missing_images(settings: "Settings") -> None:
    # A stage that builds its own images has nothing to check and needs no boto3 for that.
    if settings.image_registry:
        from airflow_on_fargate.cli.stage_files import warn_of_missing_images  # noqa: PLC0415 imports pydantic or boto3

        warn_of_missing_images(settings)


def _explain_restart(settings: "Settings", state: "DeployedState") -> None:
    from constructs_lib.engine.synthesized_stack import SynthesizedStack  # noqa: PLC0415 as above

    if parts := state.changed_parts(SynthesizedStack.of_stage(settings.stage, STACKS)):
        print(f"{settings.name}: all services restart with a new Airflow image; changed: {', '.join(parts)}")


def _deployed(
    settings: "Settings", command: "EngineCommand", action: "Action", *, allow_older_package: bool
) -> "DeployedState":
    """Return the state of the stage; without *allow_older_package* refuse it if a newer package has deployed it."""
    state = command.deployed_state(settings.stage)
    if not allow_older_package:
        state.refuse_older_package(action, stack=settings.name, option=advised_option("allow-older-package"))
    return state
