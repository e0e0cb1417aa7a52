"""Compose each stage once for all tests of the export."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from cdktf import TerraformStack

from airflow_on_fargate import synthesis
from airflow_on_fargate.export import module
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_folder import TaskFolder

Written = tuple[list[TerraformStack], dict[Path, str]]
"""The stacks of an output folder, and its files."""


@pytest.fixture(scope="package", autouse=True)
def _written_once() -> Iterator[None]:
    """Keep what is written for a stage: modules are made of the same stages with the same probes."""
    kept: dict[str, Written] = {}

    def write_stages(
        stages: Mapping[str, Settings], folders: Mapping[str, tuple[TaskFolder, ...]], *, project: Path, output: Path
    ) -> list[TerraformStack]:
        key = f"{[each.model_dump_json() for each in stages.values()]} {folders} {project}"
        if key not in kept:
            stacks = synthesis.write_stages(stages, folders, project=project, output=output)
            files = [each for each in output.rglob("*") if each.is_file()]
            kept[key] = stacks, {each.relative_to(output): each.read_text() for each in files}
        stacks, texts = kept[key]
        for name, text in texts.items():
            (output / name).parent.mkdir(parents=True, exist_ok=True)
            (output / name).write_text(text)
        return stacks

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "write_stages", write_stages)
        yield
