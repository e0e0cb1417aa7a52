"""What the stand-in for Terraform's AWS provider has made."""

import json
from collections.abc import Mapping
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

    def files(self) -> dict[str, bytes]:
        """Return all that is live, as it is kept."""
        return {file.name: file.read_bytes() for file in self.folder.glob("*.json")}

    def resources(self, kind: str) -> list[Resource]:
        """Return what is live of the type *kind*."""
        records = map(json.loads, self.files().values())
        return [
            Resource(each["type"], each["state"], each.get("write_only", {}))
            for each in records
            if each["type"] == kind
        ]

    def secrets(self) -> dict[str, str]:
        """Return the stored value of each secret by the secret's name; of a user's secret, the password."""
        names = {each.attributes["id"]: each.attributes["name"] for each in self.resources("aws_secretsmanager_secret")}
        return {
            names[each.attributes["secret_id"]]: _password(each.written["secret_string_wo"])
            for each in self.resources("aws_secretsmanager_secret_version")
        }

    def database_password(self) -> str:
        """Return the password of the only database."""
        (database,) = self.resources("aws_db_instance")
        return database.written["password_wo"]

    def edit(self, kind: str, attributes: Mapping[str, Any], *, name: str = "") -> None:
        """Change *attributes* of all that is live of the type *kind*, or has the *name* too, outside of Terraform."""
        for file in self.folder.glob("*.json"):
            record = json.loads(file.read_text(encoding="utf-8"))
            if record["type"] == kind and name in ("", record["state"].get("name")):
                record["state"] |= attributes
                file.write_text(json.dumps(record), encoding="utf-8")

    def add(self, kind: str, **attributes: str) -> Path:
        """Create a resource outside Terraform; delete the returned file to delete it."""
        file = self.folder / "of-somebody-else.json"
        self.folder.mkdir(exist_ok=True)
        state = {"id": "of-somebody-else", **attributes}
        file.write_text(json.dumps({"type": kind, "id": state["id"], "state": state}), encoding="utf-8")
        return file


def _password(value: str) -> str:
    return json.loads(value)["password"] if value.startswith("{") else value
