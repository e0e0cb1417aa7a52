"""Copy files of a template of this package into the user's project."""

import shutil
from collections.abc import Iterator
from pathlib import Path


def files_below(source: Path, path: str = "") -> Iterator[tuple[str, Path]]:
    """Yield the files of *source*, a file or a folder: the path below *path*, and where the file is."""
    if source.is_file():
        yield path, source
        return
    for each in sorted(source.iterdir()):
        if each.name != "__pycache__":
            yield from files_below(each, f"{path}/{each.name}".removeprefix("/"))


def write_copy(file: Path, source: Path) -> None:
    """Write the content of *source* to *file* with the rights of a new file: those of an installed one can be less."""
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, file)
