"""A bucket with the objects of a DAG bundle, as a push writes them."""

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

from constructs_lib.shared.dag_manifest import Manifest, Pointer, Switch
from constructs_lib.shared.dag_pack import write_pack
from constructs_lib.shared.dag_version import BundleFile, Keys, tasks_key

BUCKET = "dags-of-tests"
PUSHED_AT = "2026-01-02T03:04:05+00:00"


class DagBucket:
    """The bundle *name* in a bucket at the endpoint of the environment."""

    def __init__(self, name: str, *, prefix: str = "dags") -> None:
        self.s3: Any = boto3.Session("test", "test", region_name="us-east-1").client("s3")
        self.s3.create_bucket(Bucket=BUCKET)
        self.keys = Keys(prefix, name)
        self._packs: dict[str, str] = {}
        self._history: tuple[Switch, ...] = ()

    def push(self, files: Mapping[str, str], *, programs: tuple[str, ...] = ()) -> str:
        """Write a version with *files*, of which *programs* are executable, switch to it and return it."""
        version = self.write(files, programs=programs)
        self.switch(version)
        return version

    def write(self, files: Mapping[str, str], *, programs: tuple[str, ...] = (), pushed_at: str = PUSHED_AT) -> str:
        """Write a pack with the contents that are in none yet, and a manifest, and return the version."""
        contents = {hashlib.sha256(text.encode()).hexdigest(): text for text in files.values()}
        new = {sha256: text for sha256, text in contents.items() if sha256 not in self._packs}
        with tempfile.TemporaryDirectory() as folder:
            sources = {sha256: Path(folder, sha256) for sha256 in new}
            for sha256, file in sources.items():
                file.write_text(new[sha256])
            pack = Path(folder, "pack")
            name = write_pack(sources, pack) if new else ""
            if new:
                self.put(self.keys.pack(name), pack.read_bytes())
        self._packs |= dict.fromkeys(new, name)
        described = {}
        for path, text in files.items():
            sha256 = hashlib.sha256(text.encode()).hexdigest()
            mode = "755" if path in programs else "644"
            described[path] = BundleFile(sha256, len(text.encode()), mode, self._packs[sha256])
        manifest = Manifest(described, pushed_at=pushed_at, pushed_by="test", source="test")
        self.put(self.keys.manifest(manifest.version), manifest.to_json())
        return manifest.version

    def packs_of(self, files: Mapping[str, str]) -> set[str]:
        """Return the packs that have the contents of *files*."""
        return {self._packs[hashlib.sha256(text.encode()).hexdigest()] for text in files.values()}

    def switch(self, version: str) -> None:
        """Make *version* the current one, and write the manifest of the one before again, as a push does."""
        if self._history:
            before = self.keys.manifest(self._history[0].version)
            if before.removeprefix(self.keys.folder) in self.names():
                self.put(before, self.get(before))
        self._history = (Switch(version, PUSHED_AT, "test", ""), *self._history)
        self.put(self.keys.current, Pointer(self._history).to_json())

    def deploy(self, *tasks: str) -> None:
        """Write the table of deployed task folders."""
        self.put(tasks_key(self.keys.prefix), json.dumps({"format": 1, "tasks": {task: {} for task in tasks}}).encode())

    def put(self, key: str, content: bytes) -> None:
        """Write an object."""
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=content)

    def get(self, key: str) -> bytes:
        """Return an object's content."""
        content: bytes = self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return content

    def delete(self, key: str) -> None:
        """Delete an object."""
        self.s3.delete_object(Bucket=BUCKET, Key=key)

    def names(self) -> set[str]:
        """Return the keys of all objects."""
        listed = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=self.keys.folder).get("Contents", [])
        return {each["Key"].removeprefix(self.keys.folder) for each in listed}
