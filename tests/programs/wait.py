"""Print the process's id, and wait."""

import os
import time

print(os.getpid(), flush=True)
time.sleep(100)
