"""What docker/Dockerfile takes of the project, as files in a folder, without Docker."""

import shlex
import shutil
from pathlib import Path

from dockerfile_parse import DockerfileParser

from constructs_lib.airflow.airflow_image import airflow_context

STAGE, COPIED = "--from=project", "/project/"
"""The stage of the Dockerfile that has the build context, and where."""


class ImageFolder:
    """
    A copy, in *folder*, of the files of *project* that are in the Airflow image.

    `.dockerignore` and the COPY lines of the Dockerfile say which, so that they are listed nowhere else.
    """

    def __init__(self, project: Path, folder: Path) -> None:
        self._folder = folder
        context = airflow_context(project)
        with context.dockerfile_path.open("rb") as dockerfile:
            parser = DockerfileParser(fileobj=dockerfile)
            self._variables = dict(parser.envs)
            lines = [line["value"] for line in parser.structure if line["instruction"] == "COPY"]
        copied = [(Path(source), Path(target)) for source, target in map(self._from_project, lines) if source]
        for name, path in context.files().items():
            for source, target in copied:
                if path.is_file() and Path(name).is_relative_to(source):
                    file = self._here(target / Path(name).relative_to(source))
                    file.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(path, file)

    @property
    def home(self) -> Path:
        """The folder of Airflow."""
        return self._here(Path(self._variables["AIRFLOW_HOME"]))

    @property
    def python_path(self) -> Path:
        """The folder of the modules that the image adds to its packages."""
        return self._here(Path(self._variables["PYTHONPATH"]))

    def files(self) -> set[Path]:
        """Return the paths of the files in Airflow's folder."""
        return {file.relative_to(self.home) for file in self.home.rglob("*") if file.is_file()}

    def _from_project(self, line: str) -> tuple[str, str]:
        """Return source and target of a COPY line; two empty strings if it copies no file of the project."""
        stage, source, *rest = shlex.split(line)
        if stage != STAGE:
            return "", ""
        [target] = rest
        for name, value in self._variables.items():
            target = target.replace(f"${name}", value)
        return source.removeprefix(COPIED), target

    def _here(self, path: Path) -> Path:
        return self._folder / path.relative_to("/")
