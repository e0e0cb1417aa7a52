"""Write the Terraform JSON of stacks. Importing this module starts the engine."""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cdktf import App, TerraformStack

from airflow_on_fargate.pipeline_roles.policies import INLINE, policies
from constructs_lib.airflow_stack import AirflowStack
from constructs_lib.engine.addressed_stack import SAME_ADDRESS
from constructs_lib.github_roles import GitHubRolesStack
from constructs_lib.settings.github_roles import PUSH_DAGS
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.state_bucket import StateBucketStack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from constructs_lib.engine.addressed_stack import AddressedStack
    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.task_folder import TaskFolder

    Define = Callable[[App, Settings, tuple[TaskFolder, ...]], object]

SYSTEM_ERROR = r"\bE[A-Z0-9]{2,}: "
"""How Node starts the message about a file, such as `ENOSPC: no space left on device`."""


def write_stages(
    stages: Mapping[str, Settings],
    folders: Mapping[str, tuple[TaskFolder, ...]],
    *,
    project: Path,
    output: Path,
    define: Define | None = None,
) -> list[TerraformStack]:
    """
    Write the JSON of each of the *stages* to the folder *output*, and return their stacks.

    *folders* are the folders of `tasks/`, by stage. *define* defines the stacks of a stage; by default an
    `AirflowStack`.

    Raises:
        BadInputError: two constructs have the same state address, or *output* cannot be written.

    """

    def define_all(app: App) -> list[TerraformStack]:
        for stage, settings in stages.items():
            if define:
                define(app, settings, folders[stage])
            else:
                AirflowStack(app, settings.name, settings=settings, folders=folders[stage], project=project)
        return [each for each in app.node.children if isinstance(each, TerraformStack)]

    return _write(output, define_all)


def write_bootstrap(settings: Settings, folders: Sequence[TaskFolder], *, output: Path) -> list[TerraformStack]:
    """
    Write the stack of the bucket for the stage's state, and that of `github_roles`, as `write_stages` does.

    *folders* are needed only for `github_roles`: a plan reads the secrets that tasks name.
    """
    return _write(output, lambda app: list(_bootstrap_stacks(app, settings, folders)))


def _bootstrap_stacks(app: App, settings: Settings, folders: Sequence[TaskFolder]) -> Iterator[AddressedStack]:
    bucket = StateBucketStack(app, f"{settings.name}-state", settings=settings)
    yield bucket
    if not settings.github_roles:
        return
    statements = {
        name: document["Statement"]
        for name, document in policies(settings, folders).items()
        # Those of single bundles are for roles that a team makes itself.
        if not name.startswith(f"{PUSH_DAGS}-")
    }
    roles = GitHubRolesStack(
        app,
        f"{settings.name}-github",
        settings=settings,
        roles=settings.github_roles,
        managed_policies={name: each for name, each in statements.items() if name not in INLINE},
        inline_policies={name: each for name, each in statements.items() if name in INLINE},
    )
    # The state of the roles is in the bucket.
    roles.add_dependency(bucket)
    yield roles


def _write(output: Path, define: Callable[[App], list[TerraformStack]]) -> list[TerraformStack]:
    with _no_empty_folders(output):
        # CDKTF's own validation runs `terraform version`; composing must work without Terraform.
        app = App(outdir=str(output), skip_validation=True)
        try:
            stacks = define(app)
            app.synth()
        except RuntimeError as error:
            if sentence := _sentence(str(error), output):
                raise BadInputError(sentence) from None
            raise
    return stacks


def _sentence(message: str, output: Path) -> str | None:
    """Return the sentence about an error of Node with this *message*; None for one of a construct's own code."""
    if SAME_ADDRESS in message:
        return message
    return f"{output} cannot be written: {message}" if re.search(SYSTEM_ERROR, message) else None


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
