"""The commands `airflow-fargate dags`: the DAG bundles of a stage in S3."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airflow_on_fargate.cli.options import AsJson, Stage, example
from airflow_on_fargate.cli.stages import find_stage
from airflow_on_fargate.project import project_folder

if TYPE_CHECKING:
    from airflow_on_fargate.dags.commands import DagCommands

app = typer.Typer(
    help="Push, list, compare and roll back the DAGs of a stage.",
    epilog=example("dags push", "--stage prod"),
    no_args_is_help=True,
    rich_markup_mode=None,
)
Bundle = Annotated[
    str | None,
    typer.Option("--bundle", metavar="NAME", help="A bundle of a stage that has several.", show_default=False),
]
Folder = Annotated[
    Path, typer.Option("--folder", metavar="FOLDER", help="The folder that has dags/; by default the project.")
]
Wait = Annotated[
    bool | None,
    typer.Option(
        "--wait/--no-wait",
        help="Wait until the dag-processor has parsed it; by default if the caller may ask Airflow.",
        show_default=False,
    ),
]
Local = Annotated[bool, typer.Option("--local", help="In the stack of local up instead of AWS.")]


@app.command(epilog=example("dags push", "--stage prod --bundle team_a"))
def push(
    *,
    stage: Stage,
    bundle: Bundle = None,
    folder: Folder = Path(),
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="A note for the list.", show_default=False)] = "",
    wait: Wait = None,
    local: Local = False,
) -> None:
    """
    Check the DAGs, and make them the current version.

    Running workers take it for new runs; runs that have started keep their version.
    """
    _commands(stage, bundle, folder=folder, wait=wait, local=local).push(note=note)


@app.command("list", epilog=example("dags list", "--stage prod --json"))
def list_versions(*, stage: Stage, bundle: Bundle = None, local: Local = False, as_json: AsJson = False) -> None:
    """Show the last versions: when, by whom, and what each changed."""
    _commands(stage, bundle, local=local).print_list(as_json=as_json)


@app.command(epilog=example("dags rollback", "--stage prod"))
def rollback(
    version: Annotated[
        str | None,
        typer.Argument(
            metavar="VERSION", help="4 or more of its first digits; by default the version before the current one."
        ),
    ] = None,
    *,
    stage: Stage,
    bundle: Bundle = None,
    wait: Wait = None,
    local: Local = False,
) -> None:
    """Make an earlier version the current one again."""
    _commands(stage, bundle, wait=wait, local=local).rollback(version)


@app.command(epilog=example("dags diff", "--stage prod --json"))
def diff(
    versions: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="VERSION", help="The version to compare; a second one replaces the local files.", show_default=False
        ),
    ] = None,
    *,
    stage: Stage,
    bundle: Bundle = None,
    folder: Folder = Path(),
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """
    Show which files and DAGs differ.

    By default between the current version and the local files, whose DAGs are found as a push finds them.
    """
    if len(versions or ()) > 2:  # noqa: PLR2004 from and to
        msg = f"Got unexpected extra argument ({(versions or [])[2]})"
        raise typer.BadParameter(msg)
    _commands(stage, bundle, folder=folder, local=local).print_diff(versions or [], as_json=as_json)


@app.command(epilog=example("dags policy", "--stage prod --bundle team_a"))
def policy(*, stage: Stage, bundle: Bundle = None) -> None:
    """
    Print the IAM policy that pushes need, of one bundle or of all.

    It is the policy push-dags of the command policy.
    """
    settings = find_stage(stage)
    from airflow_on_fargate.dags.stage_bundle import StageBundle  # noqa: PLC0415 takes a second to import
    from airflow_on_fargate.program import print_policy  # noqa: PLC0415 as above

    name = StageBundle.policy(settings, bundle)
    print_policy(name, settings, project=project_folder(), environment=os.environ)


def _commands(
    stage: str, bundle: str | None, *, folder: Path = Path(), wait: bool | None = None, local: bool = False
) -> "DagCommands":
    from constructs_lib.shared.bad_input import BadInputError  # noqa: PLC0415 imports pydantic

    settings, project = find_stage(stage), project_folder()
    try:
        from airflow_on_fargate.dags.clients import Clients  # noqa: PLC0415 takes a second to import
        from airflow_on_fargate.dags.commands import DagCommands  # noqa: PLC0415 as above
    except ModuleNotFoundError as error:
        msg = f"{error.name} is not installed in {sys.prefix}; run: pip install 'airflow-on-fargate[deploy]'"
        raise BadInputError(msg) from error
    from rich.console import Console  # noqa: PLC0415 as above

    from airflow_on_fargate.dags.stage_bundle import StageBundle  # noqa: PLC0415 as above

    found = StageBundle.find(settings, bundle, local=local)
    clients = Clients.of_local_stack(project, settings.region) if local else Clients.of_caller(settings.region)
    if local:
        from airflow_on_fargate.local.bundles_of_stack import check_bundle  # noqa: PLC0415 needs the extra `local`
        from airflow_on_fargate.local.state import State  # noqa: PLC0415 as above

        check_bundle(found, State(project / ".local"))
    return DagCommands(
        bundle=found,
        clients=clients,
        project=project,
        folder=folder.absolute(),
        console=Console(highlight=False),
        wait=wait,
    )
