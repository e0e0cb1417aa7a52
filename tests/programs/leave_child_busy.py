"""Start a process that computes, and end before it does."""

import subprocess
import sys
import time

BUSY_SEC = 0.5

if __name__ == "__main__" and "busy" in sys.argv:
    while time.process_time() < BUSY_SEC:
        pass
elif __name__ == "__main__":
    subprocess.Popen([sys.executable, __file__, "busy"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
