"""A program in Docker's place."""

import json
import sys
from pathlib import Path
from typing import Any

from tests.programs import code


class Docker:
    """A docker command that records its calls, and fails where a test requires it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "docker"
        self._notes = folder / "notes"
        self.behave()

    def behave(self, **programs: str) -> None:
        """Run a program, in Python, for one of docker's verbs."""
        behaviour = {"version": "print('amd64')", **programs}
        self.path.with_name("behaviour.json").write_text(json.dumps(behaviour))
        self.path.write_text(f"#!{sys.executable}\n{code('fake_docker')}")
        self.path.chmod(0o755)

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The recorded calls of docker."""
        return [json.loads(line) for line in self._notes.read_text().splitlines()] if self._notes.exists() else []

    @property
    def verbs(self) -> list[str]:
        """The first word of each call."""
        return [call["arguments"][0] for call in self.calls]
