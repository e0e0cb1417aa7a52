"""Export a stage as plain Terraform."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_on_fargate.export.folder import check_folder, path_to, text_of, write_folder
from airflow_on_fargate.export.layout import Layout
from airflow_on_fargate.export.module import module_of
from airflow_on_fargate.export.module_files import EXAMPLE, INPUTS, example, readme, required_values, tests
from airflow_on_fargate.export.module_mocks import FILE as PLAN
from airflow_on_fargate.export.module_mocks import mocked_plan
from airflow_on_fargate.export.root import files_of
from airflow_on_fargate.synthesis import write_stages
from constructs_lib.engine.synthesized_stack import SynthesizedStack
from constructs_lib.engine.terraform import PROJECT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_on_fargate.export.hcl import Block
    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.task_folder import TaskFolder


def export(settings: Settings, folders: tuple[TaskFolder, ...], *, project: Path, folder: Path) -> None:
    """
    Write the stage as HCL into *folder*, a file for each part of the stack, and print the paths.

    *folders* are the folders of `tasks/`. A state of the stage that was applied from its JSON has an empty plan with
    the files, and the other way round.

    Raises:
        BadInputError: *folder* has other files, or the stage cannot be composed.

    """
    check_folder(folder, as_module=False)
    stage = settings.stage
    with tempfile.TemporaryDirectory() as output:
        [stack] = write_stages({stage: settings}, {stage: folders}, project=project, output=Path(output))
        synthesized = SynthesizedStack.of_stage(stage, Path(output, "stacks"))
    pushes = _point_at_project(synthesized, path_to(project.resolve(), folder.resolve()))
    _write(folder, files_of(synthesized, Layout.of(stack)))
    if pushes:
        print(
            f"warning: stage {stage!r} builds {pushes} images when it is applied, which needs this project,"
            " Python and Docker",
            file=sys.stderr,
        )


def export_module(settings: Settings, folders: tuple[TaskFolder, ...], *, project: Path, folder: Path) -> None:
    """
    Write the stage as a module into *folder*, with an example and tests, and print the paths.

    Raises:
        BadInputError: *folder* has other files, or the stage cannot be composed or cannot be a module.

    """
    check_folder(folder, as_module=True)
    module = module_of(settings, folders, project=project)
    files = files_of(SynthesizedStack(module.document), module.layout)
    _write(
        folder,
        {
            **files,
            f"{EXAMPLE}/main": example(module, region=settings.region),
            f"{INPUTS}/variables": files["variables"],
        },
        {
            "README.md": readme(module, region=settings.region),
            "tests/variables.tftest.hcl": text_of(tests(module)),
            PLAN: text_of(mocked_plan(module, settings, required_values(module))),
        },
    )


def _write(folder: Path, files: Mapping[str, Sequence[Block]], texts: Mapping[str, str] | None = None) -> None:
    """Write the blocks of *files*, by name without `.tf`, and other *texts*, and print the paths."""
    terraform = {f"{name}.tf": text_of(blocks) for name, blocks in files.items()}
    for each in write_folder(folder, {**terraform, **(texts or {})}):
        print(each)


def _point_at_project(stack: SynthesizedStack, project: str) -> int:
    """Let the commands that build images run in the folder *project*, and return how many there are."""
    commands = [
        command
        for resource in stack.all_resources()
        for provisioner in resource.attributes.get("provisioner", ())
        if (command := provisioner.get("local-exec", {})).get("working_dir") == PROJECT
    ]
    for each in commands:
        each["working_dir"] = project
    return len(commands)
