"""
The documents of a DAG bundle in S3: the manifest of each version, and the pointer to the current one.

`constructs_lib.shared.dag_version` explains where they are.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from constructs_lib.shared.bad_input import BadInputError, shown
from constructs_lib.shared.dag_version import (
    MODES,
    BundleFile,
    canonical_json,
    check_paths,
    check_size,
    check_version,
    version_of,
)

FORMAT = 1
HISTORY_LENGTH = 50
"""The number of switches that the pointer keeps."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


class DamagedError(BadInputError):
    """A document of this format is damaged. A push may write it again."""


@dataclass(frozen=True)
class Manifest:
    """The files of a version by path, and who pushed it when and from where."""

    files: Mapping[str, BundleFile]
    pushed_at: str
    pushed_by: str
    source: str
    dags: Mapping[str, Sequence[str]] | None = None
    """The ids of the DAGs in each file, as the checks of the push have found them; None: nothing was checked."""

    @cached_property
    def version(self) -> str:
        """The name of the version: the same files have the same name."""
        return version_of(self.files)

    @property
    def packs(self) -> tuple[str, ...]:
        """The packs that have the files' content, sorted."""
        return tuple(sorted({file.pack for file in self.files.values()}))

    def to_json(self) -> bytes:
        """Return the object's content; the same manifest has the same bytes."""
        return canonical_json({**asdict(self), "format": FORMAT})

    @classmethod
    def read_version(cls, version: str, content: bytes, *, where: str) -> "Manifest":
        """
        Return the manifest of *version* in *content*, which was read from *where*.

        Raises:
            DamagedError: As `read`, or its files are those of another version.
            BadInputError: It has another format.

        """
        manifest = cls.read(content, where=where)
        if manifest.version != version:
            raise _damaged(where, f"its files are those of {manifest.version}")
        return manifest

    @classmethod
    def read(cls, content: bytes, *, where: str) -> "Manifest":
        """
        Return the manifest in *content*, which was read from *where*.

        Raises:
            DamagedError: It is damaged, or it has a path that leaves the folder of a version.
            BadInputError: It has another format.

        """
        table = _table(content, where)
        files = table.get("files")
        if not isinstance(files, dict):
            raise _damaged(where, f"files must be a table, got {shown(files)}")
        manifest = cls(
            files={path: _file(path, value, where) for path, value in files.items()},
            **{key: _text(table, key, where) for key in ("pushed_at", "pushed_by", "source")},
            dags=_ids(table, where),
        )
        try:
            check_paths(manifest.files, where=where)
            check_size([file.bytes for file in manifest.files.values()], where=where)
        except BadInputError as error:
            raise DamagedError(str(error)) from None
        return manifest


@dataclass(frozen=True)
class Switch:
    """A change of the current version."""

    version: str
    pushed_at: str
    pushed_by: str
    note: str


@dataclass(frozen=True)
class Pointer:
    """The current version of a bundle, as the newest of its last switches."""

    history: tuple[Switch, ...]
    """Newest first; never empty."""

    @property
    def version(self) -> str:
        """The current version."""
        return self.history[0].version

    @property
    def previous(self) -> str | None:
        """The version before the current one."""
        return next((each.version for each in self.history if each.version != self.version), None)

    def switched(self, switch: Switch) -> "Pointer":
        """Return the pointer after *switch*."""
        return Pointer((switch, *self.history)[:HISTORY_LENGTH])

    def to_json(self) -> bytes:
        """Return the object's content."""
        return canonical_json({**asdict(self), "format": FORMAT, "version": self.version, "previous": self.previous})

    @classmethod
    def read(cls, content: bytes, *, where: str) -> "Pointer":
        """
        Return the pointer in *content*, which was read from *where*.

        Raises:
            DamagedError: It is damaged.
            BadInputError: It has another format.

        """
        history = _table(content, where).get("history")
        if not isinstance(history, list) or not history or not all(isinstance(each, dict) for each in history):
            raise _damaged(where, f"history must be an array of tables, got {shown(history)}")
        names = ("version", "pushed_at", "pushed_by", "note")
        pointer = cls(tuple(Switch(**{key: _text(each, key, where) for key in names}) for each in history))
        try:
            for each in pointer.history:
                check_version(each.version, where=where)
        except BadInputError as error:
            raise DamagedError(str(error)) from None
        return pointer


def _damaged(where: str, report: str) -> DamagedError:
    return DamagedError(f"{where} is damaged: {report}; push a version again")


def _table(content: bytes, where: str) -> Mapping[str, Any]:
    try:
        table = json.loads(content)
    except (ValueError, RecursionError):
        raise _damaged(where, "it is not JSON") from None
    if not isinstance(table, dict):
        raise _damaged(where, f"it must be a table, got {shown(table)}")
    if table.get("format") != FORMAT:
        other = shown(table.get("format"))
        msg = f"{where} has the format {other}, but this program reads {FORMAT}; use the stage's release"
        raise BadInputError(msg)
    return table


def _text(table: Mapping[str, Any], key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str):
        raise _damaged(where, f"{key} must be text, got {shown(value)}")
    return value


def _ids(table: Mapping[str, Any], where: str) -> Mapping[str, Sequence[str]] | None:
    dags = table.get("dags")
    if dags is None:
        return None
    if not isinstance(dags, dict) or not all(isinstance(each, list) for each in dags.values()):
        raise _damaged(where, f"dags must be a table of arrays, got {shown(dags)}")
    if not all(isinstance(dag_id, str) for each in dags.values() for dag_id in each):
        raise _damaged(where, f"dags must have texts, got {shown(dags)}")
    return dags


def _file(path: str, value: object, where: str) -> BundleFile:
    match value:
        case {"sha256": str(sha256), "bytes": int(size), "mode": str(mode), "pack": str(pack)} if (
            _SHA256.fullmatch(sha256) and _SHA256.fullmatch(pack) and mode in MODES and size >= 0
        ):
            return BundleFile(sha256, size, mode, pack)
    raise _damaged(where, f"files.{shown(path)} must have sha256, bytes, mode and pack, got {shown(value)}")
