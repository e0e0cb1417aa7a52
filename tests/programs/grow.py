"""Use so many MiB of memory for so many seconds."""

import sys
import time

held = bytearray(b"x") * (int(sys.argv[1]) * 1024 * 1024)
time.sleep(float(sys.argv[2]))
