"""What the stand-in for Terraform's AWS provider has made."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Resource:
    """A live resource: its attributes, and the write-only values that it was sent."""

    type: str
    attributes: dict[str, Any]
    written: dict[str, str]


@dataclass(frozen=True)
class Cloud:
    """The folder in which the stand-in keeps a JSON file for each live resource."""

    folder: Path

    def resources(self, type_: str | None = None, **attributes: object) -> list[Resource]:
        """Return what is live, of one type and with these attributes if they are given, in the order of its making."""
        records = [
            json.loads(file.read_text(encoding="utf-8"))
            for file in sorted(self.folder.glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
        ]
        found = [Resource(each["type"], each["state"], each.get("write_only", {})) for each in records]
        return [
            each
            for each in found
            if type_ in (None, each.type) and attributes.items() <= {k: v for k, v in each.attributes.items() if k in attributes}.items()
        ]

    def resource(self, type_: str, **attributes: object) -> Resource:
        """Return the one resource of a type that has these attributes."""
        (found,) = self.resources(type_, **attributes)
        return found

    def secret(self, name: str) -> str:
        """Return the value stored in the secret *name*."""
        secret = self.resource("aws_secretsmanager_secret", name=name)
        version = self.resource("aws_secretsmanager_secret_version", secret_id=secret.attributes["id"])
        return version.written["secret_string_wo"]

    def secrets(self) -> dict[str, str]:
        """Return the values of all secrets by name."""
        return {
            secret.attributes["name"]: self.secret(secret.attributes["name"])
            for secret in self.resources("aws_secretsmanager_secret")
        }

    def files(self) -> dict[str, bytes]:
        """Return all that is known, to compare it with later."""
        return {file.name: file.read_bytes() for file in self.folder.glob("*.json")}

    def add(self, type_: str, **attributes: object) -> Path:
        """Let there be a resource that somebody else has made; remove the file returned to remove it."""
        file = self.folder / "not-ours.json"
        self.folder.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"type": type_, "id": "not-ours", "state": {"id": "not-ours", **attributes}}))
        return file
