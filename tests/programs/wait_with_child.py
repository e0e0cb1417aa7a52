"""Start a process that waits, print both ids, and wait."""

import os
import subprocess
import time
from shutil import which

child = subprocess.Popen([which("sleep") or "sleep", "100"])
print(os.getpid(), child.pid, flush=True)
time.sleep(100)
