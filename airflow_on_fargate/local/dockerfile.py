"""The places to which a Dockerfile copies the files of its build context."""

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from dockerfile_parse import DockerfileParser
from dockerfile_parse.util import WordSplitter

# fmt: off
NO_RUN = frozenset({
    "ADD", "ARG", "CMD", "COMMENT", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "SHELL",
    "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
})
# fmt: on
INSTALLS = re.compile(r"requirement|\s-r\b|install\s+(-\S+\s+)*\.|\.(sh|py)\b|\b(make|uv|poetry|pdm|hatch|conda)\b")
"""Signs of a RUN that may install a requirements.txt: its name, an option of pip, a project, a script, a tool."""


@dataclass(frozen=True)
class Copy:
    """One COPY of *sources*, patterns of paths in the context, to *target*, a path in the image."""

    sources: tuple[str, ...]
    target: PurePosixPath
    is_folder: bool
    """The target is a folder even if one file is copied."""

    def places(self, files: Mapping[str, Path]) -> Iterator[tuple[PurePosixPath, Path]]:
        """Yield the copied *files*, by their paths in the context, with their paths in the image."""
        for name, path in files.items():
            parts = PurePosixPath(name).parts
            for source in self.sources:
                pattern = PurePosixPath(posixpath.normpath(source).lstrip("/")).parts
                head, tail = parts[: len(pattern)], parts[len(pattern) :]
                if len(head) == len(pattern) and all(map(fnmatchcase, head, pattern)):
                    # Docker copies the content of a folder, not the folder.
                    is_named = not tail and not path.is_dir() and self.is_folder
                    yield self.target.joinpath(*(parts[-1:] if is_named else tail)), path


@dataclass(frozen=True)
class BuildStage:
    """A stage of a Dockerfile: its WORKDIR, and the files that it copies from the context."""

    working_folder: PurePosixPath
    copies: tuple[Copy, ...] = ()

    def in_folder(self, path: str) -> "BuildStage":
        """Return the stage after WORKDIR *path*."""
        return BuildStage(self._path(path), self.copies)

    def copying(self, *words: str) -> "BuildStage":
        """Return the stage after COPY of *words*; a copy from another stage or image does not count."""
        if any(word.startswith("--from=") for word in words):
            return self
        *sources, last = (word for word in words if not word.startswith("--"))
        target = self._path(last)
        is_folder = len(sources) > 1 or last.endswith("/") or target == self.working_folder
        return BuildStage(self.working_folder, (*self.copies, Copy(tuple(sources), target, is_folder)))

    def _path(self, path: str) -> PurePosixPath:
        return PurePosixPath(posixpath.normpath(self.working_folder / path))


def last_stage(dockerfile: Path) -> BuildStage:
    """Return the stage that becomes the image."""
    parsed = DockerfileParser(str(dockerfile), cache_content=True)
    stages = dict[str, BuildStage]()
    name, stage = "", BuildStage(PurePosixPath("/"))
    for instruction in parsed.structure:
        match instruction["instruction"]:
            case "FROM":
                words = [word for word in _words(instruction["value"], parsed) if not word.startswith("--")]
                # After `AS`; without, no other stage can name it.
                name = words[-1] if len(words) > 1 else ""
                stage = stages.get(words[0], BuildStage(PurePosixPath("/")))
            case "WORKDIR":
                stage = stage.in_folder(*_words(instruction["value"], parsed))
            case "COPY" | "ADD":
                stage = stage.copying(*_words(instruction["value"], parsed))
        stages[name] = stage
    return stage


def missing_packages(folder: Path) -> bool:
    """
    Return whether the task's *folder* has a requirements.txt that no RUN of its Dockerfile can install.

    A RUN that calls a script or a tool of packages may do so.
    """
    requirements = folder / "requirements.txt"
    if not requirements.exists() or not requirements.read_bytes().strip():
        return False
    structure = DockerfileParser(str(folder / "Dockerfile"), cache_content=True).structure
    # A line without an instruction belongs to a here-document of RUN.
    runs = [each["content"] for each in structure if each["instruction"] not in NO_RUN]
    return not any(INSTALLS.search(each) for each in runs)


def packages_missing(task: str) -> str:
    """Return the warning about a *task* with `missing_packages`."""
    return (
        f"tasks/{task}/requirements.txt is not installed, as in the image: no RUN of tasks/{task}/Dockerfile installs"
        " it; add COPY requirements.txt . and RUN pip install --requirement requirements.txt"
    )


def _words(value: str, parsed: DockerfileParser) -> list[str]:
    try:
        words = json.loads(value)
    except ValueError:
        words = None
    if isinstance(words, list):
        return [str(word) for word in words]
    return list(WordSplitter(value, args=parsed.args, envs=parsed.envs).split())
