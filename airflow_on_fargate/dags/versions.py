"""The versions of a bundle in its bucket."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from airflow_on_fargate.advice import advised
from airflow_on_fargate.dags.bucket import ChangedError, DagBucket
from airflow_on_fargate.interruption import after_interrupt
from constructs_lib.shared.bad_input import BadInputError, shown
from constructs_lib.shared.dag_manifest import DamagedError, Manifest, Pointer
from constructs_lib.shared.dag_version import MAX_PACKS, TABLE_FORMAT

if TYPE_CHECKING:
    from airflow_on_fargate.dags.bucket import Object
    from airflow_on_fargate.dags.clients import Clients
    from airflow_on_fargate.dags.stage_bundle import StageBundle
    from constructs_lib.shared.dag_manifest import Switch

MIN_PREFIX = 4
"""Digits of a version that are enough to name one that is in the history."""


@dataclass(frozen=True)
class Current:
    """
    The pointer of a bundle as it was read, and its object; both are None before the first push.

    For a push, the pointer is None too if it is damaged.
    """

    pointer: Pointer | None
    object: Object | None

    @property
    def version(self) -> str | None:
        """The current version."""
        return self.pointer.version if self.pointer else None


class Versions:
    """The versions of *bundle* in *bucket*."""

    def __init__(self, bundle: StageBundle, bucket: DagBucket) -> None:
        self.bundle, self.bucket = bundle, bucket
        self.keys = bundle.keys

    @classmethod
    def open(cls, bundle: StageBundle, clients: Clients) -> Self:
        """
        Return the versions of *bundle*, called by *clients*.

        Raises:
            BadInputError: the account of the stage's own bucket is not known, because AWS is not reached.

        """
        return cls(bundle, DagBucket.open(clients, bundle.bucket_name(clients), bundle.owner))

    def current(self) -> Current:
        """
        Return the current version.

        Raises:
            BadInputError: the bucket cannot be read, or the pointer is damaged.

        """
        found = self.bucket.read(self.keys.current)
        return Current(
            Pointer.read(found.content, where=self.bucket.place(self.keys.current)) if found else None, found
        )

    def replaceable(self) -> Current:
        """
        Return the current version for a push, which writes a damaged pointer again.

        Raises:
            BadInputError: the bucket cannot be read, or the pointer has another format.

        """
        try:
            return self.current()
        except DamagedError:
            return Current(None, self.bucket.read(self.keys.current))

    def manifest(self, version: str) -> Manifest | None:
        """
        Return the manifest of *version*, or None if the bucket does not have it.

        Raises:
            BadInputError: the bucket cannot be read, or the manifest is damaged.

        """
        key = self.keys.manifest(version)
        found = self.bucket.read(key)
        return Manifest.read_version(version, found.content, where=self.bucket.place(key)) if found else None

    def undamaged(self, version: str) -> Manifest | None:
        """
        Return the manifest of *version*, or None if the bucket does not have it, or if it is damaged.

        Raises:
            BadInputError: the bucket cannot be read, or the manifest has another format.

        """
        try:
            return self.manifest(version)
        except DamagedError:
            return None

    def existing(self, version: str) -> Manifest:
        """
        Return the manifest of *version*.

        Raises:
            BadInputError: as `manifest`, or the bucket does not have it.

        """
        if manifest := self.manifest(version):
            return manifest
        listed = self.bundle.advised("dags list")
        msg = f"{self.bundle.title} has no version {version}, or it was removed because of its age; {listed} has others"
        raise BadInputError(msg)

    def whole(self, version: str) -> Manifest:
        """
        Return the manifest of *version*, whose packs the bucket has.

        Raises:
            BadInputError: as `existing`, or a pack is missing.

        """
        manifest = self.existing(version)
        if missing := self.missing_packs(manifest):
            msg = (
                f"version {version} of {self.bundle.title} is incomplete: somebody has removed"
                f" {self.bucket.place(self.keys.pack(min(missing)))}; push its files again"
            )
            raise BadInputError(msg)
        return manifest

    def missing_packs(self, manifest: Manifest) -> set[str]:
        """Return the packs of *manifest* that somebody has removed from the bucket."""
        packs = sorted(manifest.packs)
        with ThreadPoolExecutor(MAX_PACKS) as pool:
            found = pool.map(self.bucket.has, map(self.keys.pack, packs))
            return {pack for pack, exists in zip(packs, found, strict=True) if not exists}

    def named(self, text: str, current: Current) -> str:
        """
        Return the version that *text* is, or of which it is the start.

        Raises:
            BadInputError: it names none, or several.

        """
        if len(text) < MIN_PREFIX:
            msg = f"write {MIN_PREFIX} digits of a version or more, got {shown(text)}"
            raise BadInputError(msg)
        known = dict.fromkeys(each.version for each in (current.pointer.history if current.pointer else ()))
        found = [each for each in known if each.startswith(text)]
        if len(found) == 1:
            return found[0]
        listed = self.bundle.advised("dags list")
        if found:
            msg = (
                f"{shown(text)} is the start of {len(found)} versions of {self.bundle.title}; write more of its digits"
            )
        else:
            msg = f"{self.bundle.title} has no version {shown(text)}; {listed} has them"
        raise BadInputError(msg)

    def deployed_tasks(self) -> frozenset[str]:
        """
        Return the folders of `tasks/` that the stage has deployed.

        Raises:
            BadInputError: the bucket cannot be read, or the stage is not deployed with this bundle.

        """
        key = self.bundle.tasks_key
        found = self.bucket.read(key)
        if not found:
            deploy = advised("deploy", self.bundle.settings.stage)
            msg = f"the stage is not deployed with this bundle, {self.bucket.place(key)} is missing; run {deploy} first"
            raise BadInputError(msg)
        try:
            table = json.loads(found.content)
            known = frozenset(table["tasks"]) if table["format"] == TABLE_FORMAT else None
        except (ValueError, LookupError, TypeError):
            known = None
        if known is None:
            msg = (
                f"{self.bucket.place(key)} is damaged; {advised('deploy', self.bundle.settings.stage)} writes it again"
            )
            raise BadInputError(msg)
        return known

    def publish(self, manifest: Manifest, current: Current) -> None:
        """
        Write a manifest, which nothing refers to yet, and that of the *current* version again.

        The retention keeps a version for some days after it was replaced. It counts them from the time of the manifest,
        which S3's clock sets.

        Raises:
            BadInputError: the bucket cannot be read or written.

        """
        self.bucket.write(self.keys.manifest(manifest.version), manifest.to_json())
        replaced = current.version
        if replaced and replaced != manifest.version and (found := self.bucket.read(self.keys.manifest(replaced))):
            # If it has changed meanwhile, it was just written.
            with suppress(ChangedError):
                self.bucket.replace(self.keys.manifest(replaced), found.content, found)

    def switch(self, current: Current, switch: Switch) -> None:
        """
        Make another version the current one, unless somebody else has switched since *current* was read.

        Raises:
            BadInputError: somebody has, or the bucket cannot be written.

        """
        pointer = current.pointer.switched(switch) if current.pointer else Pointer((switch,))
        listed = self.bundle.advised("dags list")
        try:
            with after_interrupt(f"whether version {switch.version} is current is not known: {listed} shows it"):
                self.bucket.replace(self.keys.current, pointer.to_json(), current.object)
        except ChangedError:
            now = self.current().pointer
            who = f"{now.history[0].pushed_by} has switched it to {now.version}" if now else "its pointer was removed"
            if now and now.history[0] == switch:
                # The answer to the first attempt was lost, and boto3 has sent it again.
                return
            msg = f"{self.bundle.title} has changed meanwhile, nothing was switched: {who}; look at it and push again"
            raise BadInputError(msg) from None
