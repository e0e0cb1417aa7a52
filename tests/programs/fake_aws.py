"""Stand in for the AWS CLI: note the call, and run the command of `ecs execute-command` as ECS Exec's agent would."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

keys = {name: os.environ.get(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "AWS_PROFILE")}
Path("asked.json").write_text(json.dumps({"arguments": sys.argv[1:], "keys": keys}))
print("Starting session with SessionId: ecs-execute-command-1", flush=True)
if os.environ.get("BREAKS"):
    sys.exit(255)
words = shlex.split(sys.argv[sys.argv.index("--command") + 1])
subprocess.run([sys.executable, *words[1:]], check=False)
print("Exiting session with sessionId: ecs-execute-command-1.", flush=True)
