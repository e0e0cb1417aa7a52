"""The program `python main.py`: write the Terraform JSON, check an action, or print a policy."""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cdktf import App

from airflow_on_fargate.command_line import find_stage, load_stages, parse, refuse
from airflow_on_fargate.pipeline_roles.policies import read_policy
from constructs_lib.airflow.database_connections import connection_warnings
from constructs_lib.airflow_stack import AirflowStack
from constructs_lib.engine.addressed_stack import SAME_ADDRESS
from constructs_lib.engine.engine_environment import check_engine_environment
from constructs_lib.settings.task_folder import find_task_folders
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.state_bucket import StateBucketStack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from constructs_lib.engine.addressed_stack import AddressedStack


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
            return
        if parsed.verb == "policy":
            settings = find_stage(stages, parsed.stage)
            print(read_policy(parsed.name, settings, find_task_folders(project / "tasks", stage=settings.stage)))
            return
        check_engine_environment(environment)
        output = Path(environment.get("CDKTF_OUTDIR", "cdktf.out"))
        if parsed.verb == "bootstrap":
            bucket = find_stage(stages, parsed.stage)
            _write(output, lambda app: [StateBucketStack(app, f"{bucket.name}-state", settings=bucket)])
        else:
            for stage, settings in stages.items():
                for sentence in connection_warnings(settings):
                    print(f"warning: stages.py, stage {stage!r}: {sentence}", file=sys.stderr)
            folders = {stage: find_task_folders(project / "tasks", stage=stage) for stage in stages}
            _write(
                output,
                lambda app: [
                    AirflowStack(app, settings.name, settings=settings, folders=folders[stage], project=project)
                    for stage, settings in stages.items()
                ],
            )
    except OSError as error:
        # A file or folder of the user that cannot be read.
        sys.exit(f"error: {BadInputError(f'{error.filename} cannot be used: {error.strerror}')}")
    except BadInputError as error:
        sys.exit(f"error: {error}")


def _write(output: Path, define: Callable[[App], Sequence[AddressedStack]]) -> None:
    with _no_empty_folders(output):
        # CDKTF's own validation runs `terraform version`; composing must work without Terraform.
        app = App(skip_validation=True)
        try:
            stacks = define(app)
            app.synth()
        except RuntimeError as error:
            msg = str(error) if SAME_ADDRESS in str(error) else f"{app.outdir} cannot be written: {error}"
            raise BadInputError(msg) from None
    for stack in stacks:
        print(f"{app.outdir}/stacks/{stack.node.id}/cdk.tf.json")


@contextmanager
def _no_empty_folders(output: Path) -> Iterator[None]:
    """Remove the folders that CDKTF creates before anything is composed, if they are empty after a refusal."""
    created = [each for each in (output / "stacks", output, *output.parents) if not each.exists()]
    try:
        yield
    except BaseException:
        for folder in created:
            with suppress(OSError):
                folder.rmdir()
        raise
