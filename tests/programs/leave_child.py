"""Start a process that holds the output open, print its id, and end."""

import subprocess
from shutil import which

print(subprocess.Popen([which("sleep") or "sleep", "100"]).pid)
