"""
A version of a DAG bundle in S3: its files, its name, and the keys of its objects.

Below `<prefix>/<bundle>/` are `current.json` (a `Pointer`), `versions/<version>.json` (a `Manifest`) and
`packs/<sha256>.tar.gz` (`constructs_lib.shared.dag_pack`). A pack never changes, and a manifest always names the
same files. A push writes them first and the pointer last, so a partial push stays invisible.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from constructs_lib.shared.bad_input import BadInputError, shown

VERSION_DIGITS = 20
"""Hex digits of a version: 80 bits, so that two versions of a stage never have the same name by chance."""
MAX_PACKS = 8
"""The maximum number of packs of a version; a worker that has none of them downloads each."""
MAX_FILES = 20_000
MAX_BYTES = 1024**3
"""The maximum size of all files of a version together; a Fargate task has 20 GiB of disk without more settings."""
MAX_PATH_BYTES = 700
"""With the folder of a version in front it stays below the 1,024 bytes that many programs accept."""
MAX_NAME_BYTES = 255
"""The file system's limit of a name."""
MODES = ("644", "755")
"""A file is executable or not; S3 and tar keep no more that matters."""
DAGS, TASKS = "dags", "tasks"
TABLE_FORMAT = 1
"""Of the table of the stage's deployed task folders."""
_TASK_FILE = re.compile(r"tasks/[^/]+/(task\.toml|Dockerfile)")
_VERSION = re.compile(rf"[0-9a-f]{{{VERSION_DIGITS}}}")


@dataclass(frozen=True)
class BundleFile:
    """A file of a version: the hash and size of its content, its mode, and the pack (its SHA-256) with the content."""

    sha256: str
    bytes: int
    mode: str
    pack: str


@dataclass(frozen=True)
class Keys:
    """The keys of a bundle's objects."""

    prefix: str
    bundle: str

    @property
    def folder(self) -> str:
        """The start of all keys of the bundle, with a slash at the end."""
        return f"{_joined(self.prefix, self.bundle)}/"

    @property
    def current(self) -> str:
        """The key of the pointer."""
        return f"{self.folder}current.json"

    @property
    def versions(self) -> str:
        """The start of the keys of all manifests."""
        return f"{self.folder}versions/"

    @property
    def packs(self) -> str:
        """The start of the keys of all packs."""
        return f"{self.folder}packs/"

    def manifest(self, version: str) -> str:
        """Return the key of the manifest of *version*."""
        return f"{self.versions}{version}.json"

    def pack(self, sha256: str) -> str:
        """Return the key of a pack."""
        return f"{self.packs}{sha256}.tar.gz"


def tasks_key(prefix: str) -> str:
    """Return the key of the table of the stage's deployed task folders."""
    return _joined(prefix, "tasks.json")


def task_file(task: str) -> str:
    """Return the path of the definition of the folder *task* of `tasks/`."""
    return f"{TASKS}/{task}/task.toml"


def version_of(files: Mapping[str, BundleFile]) -> str:
    """Return the version that *files* are; packs and times do not matter."""
    named = [[path, file.sha256, file.mode] for path, file in sorted(files.items())]
    return hashlib.sha256(canonical_json(named)).hexdigest()[:VERSION_DIGITS]


def check_version(version: str, *, where: str) -> None:
    """
    Refuse text that is not a version; it becomes a part of paths and keys.

    Raises:
        BadInputError: *version*, from *where*, is not one.

    """
    if not _VERSION.fullmatch(version):
        msg = f"{where}: a version has {VERSION_DIGITS} hex digits, got {shown(version)}"
        raise BadInputError(msg)


def check_paths(paths: Iterable[str], *, where: str) -> None:
    """
    Refuse a path that is not a DAG's file or a `task.toml`, or that leaves the folder of a version.

    Raises:
        BadInputError: It names the path.

    """
    known = set(paths)
    for path in sorted(known):
        parts = path.split("/")
        if "\\" in path:
            report = "has a backslash in its name, which S3 and Windows read differently; rename it"
        elif not path.isprintable() or any(part in {"", ".", ".."} for part in parts):
            report = "must be a relative path of printable characters without '..'"
        elif len(path.encode()) > MAX_PATH_BYTES:
            report = f"must have at most {MAX_PATH_BYTES} bytes of UTF-8"
        elif any(len(part.encode()) > MAX_NAME_BYTES for part in parts):
            report = f"must have at most {MAX_NAME_BYTES} bytes in each name"
        elif not ((parts[0] == DAGS and parts[1:]) or _TASK_FILE.fullmatch(path)):
            report = "must be in dags/ or be the task.toml or the Dockerfile of a folder of tasks/"
        elif any("/".join(parts[:length]) in known for length in range(1, len(parts))):
            report = "is in a folder that is a file too"
        else:
            continue
        msg = f"{where}: {shown(path)} {report}"
        raise BadInputError(msg)


def check_size(sizes: Collection[int], *, where: str) -> None:
    """
    Refuse more files than a version may have; *sizes* are their bytes.

    Raises:
        BadInputError: There are more than `MAX_FILES`, or they have more than `MAX_BYTES` together.

    """
    if len(sizes) > MAX_FILES or sum(sizes) > MAX_BYTES:
        msg = (
            f"{where}: a version has at most {MAX_FILES:,} files of {MAX_BYTES // 1024**2:,} MiB together, got"
            f" {len(sizes):,} of {sum(sizes) / 1024**2:,.0f} MiB; keep data elsewhere"
        )
        raise BadInputError(msg)


def source_size(folder: Path, path: str) -> int:
    """
    Return the bytes of the file at *path* below the user's *folder*, without reading it.

    Raises:
        BadInputError: It is a link that leaves the folder, or no regular file.

    """
    file, root = folder / path, folder.resolve()
    if not file.resolve().is_relative_to(root):
        msg = f"{shown(path)} is a link to a file outside of {root}; copy the file"
        raise BadInputError(msg)
    if not file.is_file():
        msg = f"{shown(path)} is not a regular file"
        raise BadInputError(msg)
    return file.stat().st_size


def read_source(folder: Path, path: str) -> BundleFile:
    """
    Return the file at *path* below the user's *folder*; no pack has its content yet.

    Raises:
        BadInputError: as `source_size`, or it cannot be read.

    """
    source_size(folder, path)
    file = folder / path
    try:
        content = file.read_bytes()
        executable = file.stat().st_mode & 0o100
    except OSError as error:
        msg = f"{shown(path)} cannot be read: {error.strerror}"
        raise BadInputError(msg) from None
    return BundleFile(hashlib.sha256(content).hexdigest(), len(content), MODES[bool(executable)], pack="")


def _joined(prefix: str, name: str) -> str:
    return "/".join(filter(None, (prefix.strip("/"), name)))


def canonical_json(value: object) -> bytes:
    """Return *value* as JSON whose bytes depend on nothing else."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
