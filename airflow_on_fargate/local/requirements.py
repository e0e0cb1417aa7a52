"""A digest of a requirements.txt and of the files and package folders on this machine that it names."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

FILES = re.compile(rb"^\s*[-.]|/", re.MULTILINE)
"""Signs of a file in a requirements.txt: an option, such as `-r`, or a path."""
OPTION = re.compile(r"^(-[rce]|--(requirement|constraint|editable)=)")
MADE = re.compile(r"__pycache__|\.git|build|.*\.egg-info")
"""Files and folders that an installation leaves in a package's folder."""


def digest_of(file: Path) -> bytes:
    """Return a digest of *file* and of all files that it names; that of an empty file if it does not exist."""
    requirements = file.read_bytes() if file.exists() else b""
    digest = hashlib.sha256(requirements)
    if FILES.search(requirements):
        # The same name in another folder is another file.
        digest.update(bytes(file.parent.resolve()))
        for each in sorted(set(_named(file.resolve(), file.parent.resolve(), set()))):
            digest.update(bytes(each) + b"\0" + hashlib.sha256(each.read_bytes()).digest())
    return digest.digest()


def _named(file: Path, folder: Path, seen: set[Path]) -> Iterator[Path]:
    """Yield the files that *file* names: pip looks for packages in *folder*, and for other files next to *file*."""
    seen.add(file)
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        for word in line.partition(" #")[0].split():
            name = OPTION.sub("", word).partition("[")[0].removeprefix("file:").removeprefix("//")
            for path in {(each / name).resolve() for each in (folder, file.parent)} if name else ():
                if path.is_dir():
                    yield from (each for each in path.rglob("*") if each.is_file() and not _is_made(each, path))
                elif path.is_file() and path not in seen:
                    yield path
                    yield from _named(path, folder, seen) if path.suffix == ".txt" else ()


def _is_made(file: Path, folder: Path) -> bool:
    return any(MADE.fullmatch(part) for part in file.relative_to(folder).parts)
