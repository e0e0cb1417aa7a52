"""Replace the docker command: record the call, and do what `behaviour.json` in its folder has for the verb."""

import json
import os
import pathlib
import sys

config = pathlib.Path(os.environ["DOCKER_CONFIG"])
note = {
    "arguments": sys.argv[1:],
    "stdin": sys.stdin.read(),
    "config": json.loads((config / "config.json").read_text()),
    "folder": str(config),
    "entries": {entry.name: str(entry.resolve()) for entry in config.iterdir()},
}
here = pathlib.Path(__file__).parent
with (here / "notes").open("a") as file:
    print(json.dumps(note), file=file)
exec(json.loads((here / "behaviour.json").read_text()).get(sys.argv[1], "print('done')"))  # noqa: S102 of the test
