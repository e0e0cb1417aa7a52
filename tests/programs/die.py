"""Print a line, and fail after more than the second in which a program counts as started."""

import sys
import time

print("no such option", flush=True)
time.sleep(1.2)
sys.exit(3)
