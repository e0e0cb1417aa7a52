"""The images of a module: it takes them from a registry, because a module that builds images would need the project."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_on_fargate.export.replacement import Replacement
from constructs_lib.airflow.airflow_image import airflow_builds
from constructs_lib.settings.partition import ecr_repository_arn, partition_of
from constructs_lib.tasks.task_image import task_builds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from airflow_on_fargate.export.probes import Probes
    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.task_folder import TaskFolder

AIRFLOW = "airflow"
ECR_IMAGE = "^([0-9]{12})[.]dkr[.-]ecr(?:-fips)?[.]([a-z0-9-]+)[.][^/]+/([^:@]+)[:@]"
"""The image of a private registry of ECR: its account, region and repository (`ecr_repository_arn`)."""


@dataclass(frozen=True)
class ModuleImage:
    """An image: *name* is `airflow` or a folder of `tasks/`, *value* its URI, or None if the stage builds it."""

    name: str
    value: str | None
    probe: str

    @property
    def expression(self) -> str:
        """The variable that has its URI."""
        return "var.airflow_image" if self.name == AIRFLOW else f"var.task_images.{self.name}"

    @property
    def host(self) -> str | None:
        """The registry of an image that is not in ECR; a login of the stage belongs to this host."""
        return None if ecr_repository_arn(self.probe) else self.probe.partition("/")[0]


@dataclass(frozen=True)
class ModuleImages:
    """The images of a stage."""

    images: Sequence[ModuleImage]
    partition: str

    @classmethod
    def of(cls, settings: Settings, folders: Sequence[TaskFolder], project: Path, probes: Probes) -> ModuleImages:
        """Return the images of the stage; *folders* are the folders of `tasks/`."""
        values = _images(settings, folders, project)
        registry = (
            settings.image_registry
            or f"{probes.account()}.dkr.ecr.{settings.region}.{partition_of(settings.region).dns_suffix}"
        )
        return cls(
            [
                ModuleImage(name, value, _probe(value or f"{registry}/image:tag", probes))
                for name, value in values.items()
            ],
            partition_of(settings.region).name,
        )

    def in_settings(self, settings: Settings, *, probes: bool) -> Settings:
        """Return *settings* with the images: their *probes*, or the stage's own where it has one."""
        uris = {each.name: (None if probes else each.value) or each.probe for each in self.images}
        return settings.model_copy(
            update={"airflow_image": uris.pop(AIRFLOW), "task_images": uris, "image_registry": None}
        )

    def replacements(self) -> Iterator[Replacement]:
        """Yield what stands for the probes: each URI, the ARN of its repository, and its account."""
        for each in self.images:
            value = each.value or each.probe
            yield Replacement(each.probe, each.expression, value)
            if probe := ecr_repository_arn(each.probe):
                yield Replacement(
                    probe, f"local.image_repository_arns[{_quoted(each.name)}]", ecr_repository_arn(value) or ""
                )
                account = f"local.image_parts[{_quoted(each.name)}][0]"
                yield Replacement(each.probe.partition(".")[0], account, value.partition(".")[0])

    def locals(self) -> Mapping[str, Any]:
        """Return the local values that the expressions use."""
        in_ecr = [each for each in self.images if not each.host]
        if not in_ecr:
            return {}
        parts = {each.name: f"${{regex({_quoted(ECR_IMAGE)}, {each.expression})}}" for each in in_ecr}
        arn = f"arn:{self.partition}:ecr:${{part[1]}}:${{part[0]}}:repository/${{part[2]}}"
        return {
            "image_parts": parts,
            "image_repository_arns": f'${{{{ for name, part in local.image_parts : name => "{arn}" }}}}',
        }


def _images(settings: Settings, folders: Sequence[TaskFolder], project: Path) -> dict[str, str | None]:
    """Return the URI of each image; None: the stage builds it."""
    images: dict[str, str | None] = {AIRFLOW: settings.airflow_image, **dict.fromkeys(each.name for each in folders)}
    if registry := settings.image_registry:
        # A module takes one image of Airflow. A registry has one for each processor that the stage runs on.
        if len(builds := airflow_builds(settings, project)) == 1:
            images[AIRFLOW] = next(iter(builds.values())).uri(registry)
        images |= {name: each.uri(registry) for name, each in task_builds(settings, folders, project).items()}
    return images | settings.task_images


def _probe(image: str, probes: Probes) -> str:
    """Return the probe of *image*, in a registry of the same kind, which decides on permissions and logins."""
    host = image.partition("/")[0]
    if ecr_repository_arn(image):
        account, dot, rest = host.partition(".")
        host = f"{probes.account_of(account)}{dot}{rest}"
    return f"{host}/{probes.word()}:{probes.word()}"


def _quoted(text: str) -> str:
    return json.dumps(text)
