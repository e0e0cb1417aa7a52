"""
The local copies of a bundle's versions.

`versions/<version>/` has `dags/` and `tasks/`. It is renamed into its place when it is whole, and never
changes then. Its files are hard links to `files/<sha256>`, so a new version needs only the content that is new. A file
of `files/` that no version links to any more is deleted when the next version is built.
"""

import errno
import hashlib
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

from airflow_fargate.dag_bundles.version_folder import VERSIONS
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.shared.dag_manifest import Manifest
from constructs_lib.shared.dag_pack import read_pack
from constructs_lib.shared.dag_version import DAGS

READ_ONLY_PROGRAM = 0o555
"""As all files, because code that writes to its own file would change all versions that have it."""


class VersionStore:
    """The folder of a bundle; building needs the bundle's lock."""

    def __init__(self, folder: Path) -> None:
        self._versions = folder / VERSIONS
        self._files = folder / "files"
        self._building = folder / "building"

    def path(self, version: str) -> Path:
        """Return the folder of *version*."""
        return self._versions / version

    def has(self, version: str) -> bool:
        """Return whether *version* is there."""
        return self.path(version).is_dir()

    def build(self, manifest: Manifest, download: Callable[[str, Path], None]) -> None:
        """
        Build a version; *download* writes a pack to a file.

        Raises:
            BadInputError: A pack is damaged, again when it is downloaded once more; or *download* raises it.

        """
        # Of a process that was killed.
        shutil.rmtree(self._building, ignore_errors=True)
        root = self._building / manifest.version
        for folder in (root / DAGS, self._files, self._versions):
            folder.mkdir(parents=True, exist_ok=True)
        for pack, wanted in self._missing(manifest).items():
            self._fetch(pack, wanted, download)
        for parent in {path.rpartition("/")[0] for path in manifest.files}:
            (root / parent).mkdir(parents=True, exist_ok=True)
        for path, file in manifest.files.items():
            place, content = f"{root}/{path}", f"{self._files}/{file.sha256}"
            if file.mode == "755":
                # All links to a file have one mode.
                shutil.copyfile(content, place)
                Path(place).chmod(READ_ONLY_PROGRAM)
            else:
                _link(content, place)
        root.rename(self.path(manifest.version))
        shutil.rmtree(self._building)
        self._prune(manifest)

    def _missing(self, manifest: Manifest) -> Mapping[str, Mapping[str, int]]:
        """Return the sizes of the contents that are not there, by pack and hash."""
        missing: dict[str, dict[str, int]] = defaultdict(dict)
        for file in manifest.files.values():
            if file.sha256 not in missing[file.pack] and not _is(self._files / file.sha256, file.sha256):
                missing[file.pack][file.sha256] = file.bytes
        return {pack: wanted for pack, wanted in missing.items() if wanted}

    def _fetch(self, pack: str, wanted: Mapping[str, int], download: Callable[[str, Path], None]) -> None:
        part = self._building / "pack"
        download(pack, part)
        try:
            read_pack(part, sha256=pack, wanted=wanted, folder=self._files)
        except BadInputError:
            # A connection that ends early damages a pack.
            download(pack, part)
            read_pack(part, sha256=pack, wanted=wanted, folder=self._files)
        part.unlink()

    def _prune(self, manifest: Manifest) -> None:
        needed = {file.sha256 for file in manifest.files.values()}
        for file in self._files.iterdir():
            if file.name not in needed and file.stat().st_nlink == 1:
                file.unlink()


def _link(content: str, place: str) -> None:
    try:
        os.link(content, place)
    except OSError as error:
        if error.errno != errno.EMLINK:
            raise
        # Of one file, ext4 has at most 65,000 links. Empty modules may have more copies in the versions of a disk.
        shutil.copy(content, place)


def _is(file: Path, sha256: str) -> bool:
    """Return whether *file* has the content with this hash; one that was changed is deleted."""
    if not file.exists():
        return False
    with file.open("rb") as content:
        is_right = hashlib.file_digest(content, "sha256").hexdigest() == sha256
    if not is_right:
        file.unlink()
    return is_right
