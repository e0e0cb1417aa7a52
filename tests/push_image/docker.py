"""A program in Docker's place."""

import json
import sys
import textwrap
from pathlib import Path
from typing import Any


class Docker:
    """A docker command that notes how it was called, and fails where a test wants it to."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "docker"
        self._notes = folder / "notes"
        self.behave()

    def behave(self, **programs: str) -> None:
        """Run a program, in Python, for one of docker's verbs."""
        text = f"""\
            #!{sys.executable}
            import json, os, pathlib, sys
            config = pathlib.Path(os.environ["DOCKER_CONFIG"])
            note = {{
                "arguments": sys.argv[1:],
                "stdin": sys.stdin.read(),
                "config": json.loads((config / "config.json").read_text()),
                "folder": str(config),
                "entries": {{entry.name: str(entry.resolve()) for entry in config.iterdir()}},
            }}
            with open({str(self._notes)!r}, "a") as file:
                print(json.dumps(note), file=file)
            exec({ {"version": "print('amd64')", **programs}!r}.get(sys.argv[1], "print('done')"))
        """
        self.path.write_text(textwrap.dedent(text))
        self.path.chmod(0o755)

    @property
    def calls(self) -> list[dict[str, Any]]:
        """What docker was told, call by call."""
        return [json.loads(line) for line in self._notes.read_text().splitlines()] if self._notes.exists() else []

    @property
    def verbs(self) -> list[str]:
        """The first word of each call."""
        return [call["arguments"][0] for call in self.calls]
