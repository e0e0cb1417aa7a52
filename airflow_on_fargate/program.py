"""Write Terraform JSON: of every stage for `python main.py`, and of the bucket for a stage's state."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_on_fargate.one_sentence import sentence_of
from airflow_on_fargate.project_stages import load_stages
from constructs_lib.airflow.database_connections import connection_warnings
from constructs_lib.engine.engine_environment import check_engine, check_engine_environment
from constructs_lib.engine.lazy_bindings import make_bindings_lazy
from constructs_lib.engine.synthesized_stack import FILE
from constructs_lib.settings.task_folder import find_task_folders

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdktf import TerraformStack

    from airflow_on_fargate.synthesis import Define
    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.task_folder import TaskFolder


def run(
    arguments: Sequence[str] | None, *, project: Path, environment: Mapping[str, str], define: Define | None = None
) -> None:
    """
    Write the stack of each stage; *project* is the folder of main.py, which has no *arguments*.

    *define* defines the stacks of a stage: docs/package.md has an example. By default it is one `AirflowStack`.

    A user's mistake is one sentence and exit code 1, and nothing is written.
    """
    if sys.argv[1:] if arguments is None else arguments:
        sys.exit("error: main.py has no arguments; airflow-fargate --help lists the commands")
    try:
        _write(project, environment, define)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)
    except Exception as error:
        if sentence := sentence_of(error):
            sys.exit(f"error: {sentence}")
        raise


def _write(project: Path, environment: Mapping[str, str], define: Define | None) -> None:
    stages = load_stages(environment.get("TF_STATE_BUCKET"))
    start_engine(environment)
    folders = {stage: find_task_folders(project / "tasks", stage=stage) for stage in stages}
    check_engine_environment(environment)
    _warn_of_connections(stages)
    from airflow_on_fargate.synthesis import write_stages  # noqa: PLC0415 starts the engine

    output = _output(environment)
    _print_files(write_stages(stages, folders, project=project, output=output, define=define), output)


def write_bootstrap_stacks(settings: Settings, *, project: Path, environment: Mapping[str, str]) -> None:
    """
    Write the stacks that exist before a stage: the bucket for its state, and its roles for GitHub Actions, if any.

    Raises:
        BadInputError: the engine cannot start, or the output cannot be written.

    """
    start_engine(environment)
    # The policies of the roles name secrets of `tasks/`; the bucket is there before those folders have to be right.
    folders = find_task_folders(project / "tasks", stage=settings.stage) if settings.github_roles else ()
    check_engine_environment(environment)
    from airflow_on_fargate.synthesis import write_bootstrap  # noqa: PLC0415 starts the engine

    output = _output(environment)
    _print_files(write_bootstrap(settings, folders, output=output), output)


def export_stage(
    settings: Settings, *, project: Path, folder: Path, environment: Mapping[str, str], as_module: bool = False
) -> None:
    """
    Write the stage as plain Terraform into *folder*, as a root or *as_module*; *project* has the folders of `tasks/`.

    Raises:
        BadInputError: *folder* has other files, or the stage cannot be composed, or cannot be a module.

    """
    folders = _start(settings, project, environment)
    # The JSON, of which the export is made, is in a temporary folder.
    check_engine_environment(environment, writes_output=False)
    _warn_of_connections({settings.stage: settings})
    from airflow_on_fargate.export.export import export, export_module  # noqa: PLC0415 starts the engine

    write = export_module if as_module else export
    write(settings, folders, project=project, folder=folder)


def print_policy(name: str, settings: Settings, *, project: Path, environment: Mapping[str, str]) -> None:
    """
    Print the policy *name* of a stage as the JSON that IAM accepts.

    Raises:
        BadInputError: the stage has no such policy, or a folder of `tasks/` is wrong.

    """
    folders = _start(settings, project, environment)
    from airflow_on_fargate.pipeline_roles.policies import read_policy  # noqa: PLC0415 starts the engine

    print(read_policy(name, settings, folders))


def _start(settings: Settings, project: Path, environment: Mapping[str, str]) -> tuple[TaskFolder, ...]:
    start_engine(environment)
    return find_task_folders(project / "tasks", stage=settings.stage)


def start_engine(environment: Mapping[str, str]) -> None:
    """
    Prepare the import of constructs, which starts the engine.

    Raises:
        BadInputError: the engine is not installed.

    """
    check_engine(environment)
    make_bindings_lazy()


def _warn_of_connections(stages: Mapping[str, Settings]) -> None:
    """Print a warning for each stage whose processes may open too many connections to the database."""
    for stage, settings in stages.items():
        for sentence in connection_warnings(settings):
            print(f"warning: stages.py, stage {stage!r}: {sentence}", file=sys.stderr)


def _output(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("CDKTF_OUTDIR", "cdktf.out"))


def _print_files(stacks: Sequence[TerraformStack], output: Path) -> None:
    for stack in stacks:
        print(output / "stacks" / stack.node.id / FILE)
