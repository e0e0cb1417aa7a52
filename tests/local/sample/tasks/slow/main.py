"""Print each second, and write the name of a task that has ended to a file."""

import os
import sys
import time
from pathlib import Path

for second in range(int(sys.argv[1])):
    print(f"second {second}", flush=True)
    time.sleep(1)
with Path(os.environ["SHARED_VOLUME"], "ended.txt").open("a") as file:
    file.write(os.environ["RUN_ID"] + "\n")
