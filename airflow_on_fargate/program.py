"""The program `python main.py`: write the Terraform JSON or HCL, check an action, print a policy, work on images."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_on_fargate.command_line import find_stage, load_stages, parse, refuse
from constructs_lib.airflow.database_connections import connection_warnings
from constructs_lib.engine.engine_environment import check_engine, check_engine_environment
from constructs_lib.engine.lazy_bindings import make_bindings_lazy
from constructs_lib.engine.synthesized_stack import FILE
from constructs_lib.settings.task_folder import find_task_folders
from constructs_lib.shared.bad_input import BadInputError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping, Sequence

    from constructs_lib.settings.settings import Settings


def run(
    arguments: Sequence[str] | None,
    *,
    project: Path,
    environment: Mapping[str, str],
) -> None:
    """
    Write the stack of each stage, or run the verb in *arguments*; *project* is the folder of main.py.

    A user's mistake is one sentence and exit code 1, and nothing is written.
    """
    parsed = parse(arguments)
    try:
        stages = load_stages(environment.get("TF_STATE_BUCKET"))
        if parsed.verb == "check":
            refuse(parsed.action, find_stage(stages, parsed.stage))
        elif parsed.verb == "images":
            _work_on_images(parsed, find_stage(stages, parsed.stage), project)
        else:
            _run_with_engine(parsed, stages, project, environment)
    except OSError as error:
        # A file or folder of the user that cannot be read.
        sys.exit(f"error: {BadInputError(f'{error.filename} cannot be used: {error.strerror}')}")
    except BadInputError as error:
        sys.exit(f"error: {error}")


def _work_on_images(parsed: Namespace, settings: Settings, project: Path) -> None:
    # Every plan asks; a stage that builds its own images has nothing to check and needs no boto3 for that.
    if parsed.action == "check" and not settings.image_registry:
        return
    try:
        from airflow_on_fargate.images.images import run_action  # noqa: PLC0415 only this verb needs boto3
    except ModuleNotFoundError as error:
        msg = f"{error.name} is not installed in {sys.prefix}; make images STAGE={settings.stage} installs it"
        raise BadInputError(msg) from error
    run_action(parsed, settings, find_task_folders(project / "tasks", stage=settings.stage), project=project)


def _run_with_engine(
    parsed: Namespace, stages: dict[str, Settings], project: Path, environment: Mapping[str, str]
) -> None:
    """Run a verb that imports constructs, which starts the engine: all that can be refused before is checked first."""
    check_engine(environment)
    make_bindings_lazy()
    chosen = {parsed.stage: find_stage(stages, parsed.stage)} if parsed.verb else stages
    # The bucket of the state is there before the folders of tasks/ have to be right.
    composed = [stage for stage, each in chosen.items() if parsed.verb != "bootstrap" or each.github_roles]
    folders = {stage: find_task_folders(project / "tasks", stage=stage) for stage in composed}
    if parsed.verb == "policy":
        from airflow_on_fargate.pipeline_roles.policies import read_policy  # noqa: PLC0415 starts the engine

        print(read_policy(parsed.name, chosen[parsed.stage], folders[parsed.stage]))
        return
    check_engine_environment(environment)
    if parsed.verb != "bootstrap":
        _warn(chosen)
    if parsed.verb == "export":
        from airflow_on_fargate.export.export import export  # noqa: PLC0415 starts the engine

        export(chosen[parsed.stage], folders[parsed.stage], project=project, folder=Path(parsed.to))
        return
    from airflow_on_fargate.synthesis import write_bootstrap, write_stages  # noqa: PLC0415 starts the engine

    output = Path(environment.get("CDKTF_OUTDIR", "cdktf.out"))
    if parsed.verb == "bootstrap":
        stacks = write_bootstrap(chosen[parsed.stage], folders.get(parsed.stage, ()), output=output)
    else:
        stacks = write_stages(chosen, folders, project=project, output=output)
    for stack in stacks:
        print(output / "stacks" / stack.node.id / FILE)


def _warn(stages: Mapping[str, Settings]) -> None:
    for stage, settings in stages.items():
        for sentence in connection_warnings(settings):
            print(f"warning: stages.py, stage {stage!r}: {sentence}", file=sys.stderr)
