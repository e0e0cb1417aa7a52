"""
What the build of the wheel generates: the dependencies, and the files from outside of the packages.

The dependencies are those of Pipfile. Airflow and all that it needs have the versions of the image.
"""

import re
import runpy
import tomllib
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

ROOT = Path(__file__).parent
FILES = "constructs_lib/push_image/product_files.py"
SAMPLES = "airflow_on_fargate/project_samples.py"


class Metadata(MetadataHookInterface):
    """Read the dependencies from the files of `make lock`."""

    def update(self, metadata: dict[str, Any]) -> None:  # type: ignore[explicit-override] # `override` is new in 3.12
        """Add the dependencies and the extras to *metadata*."""
        pipfile = tomllib.loads((ROOT / "Pipfile").read_text(encoding="utf-8"))
        packages = {name: _requirements(table) for name, table in pipfile.items() if name != "source"}
        development = {each.partition("==")[0]: each for each in packages["dev-packages"]}
        airflow = _locked(ROOT / "docker/requirements.txt")
        metadata["dependencies"] = packages["packages"]
        metadata["optional-dependencies"] = {
            "cdktn": packages["cdktn"],
            "dags": [*airflow, development["pytest"]],
            "deploy": packages["deploy"],
            "diagram": [development["diagrams"], development["graphviz"]],
            # The local stack installs requirements.txt with pip, which not every virtual environment has.
            "local": [*airflow, *packages["local"], "pip"],
        }


class Files(BuildHookInterface[BuilderConfig]):
    """Put the image's files and the samples of a new project into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # type: ignore[explicit-override] # as above
        """Add the files to *build_data*; an editable installation uses those of the repository."""
        if version == "editable":
            return
        places = runpy.run_path(str(ROOT / FILES))["PLACES"]
        samples = runpy.run_path(str(ROOT / SAMPLES))
        places |= {source: f"{samples['TEMPLATE']}/{path}" for path, source in samples["SAMPLES"].items()}
        build_data["force_include"] |= {
            str(ROOT / source): place for source, place in places.items() if source != place
        }


def _requirements(table: dict[str, Any]) -> list[str]:
    """Return the packages of a category of Pipfile, as pip writes them."""
    return [
        f"{name}{each}" if isinstance(each, str) else f"{name}[{','.join(each['extras'])}]{each['version']}"
        for name, each in table.items()
        if isinstance(each, str) or "extras" in each
    ]


def _locked(file: Path) -> list[str]:
    """Return the packages of a locked *file*, without their hashes."""
    return [re.split(r" --hash=| \\$", line)[0].strip() for line in file.read_text(encoding="utf-8").splitlines()]
