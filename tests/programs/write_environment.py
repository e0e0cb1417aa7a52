"""Create the file that the first argument names, print two variables, and wait."""

import os
import sys
import time
from pathlib import Path

Path(sys.argv[1]).touch()
print(os.environ["WORD"], os.environ.get("AWS_PROFILE"), flush=True)
time.sleep(100)
