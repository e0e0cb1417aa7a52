"""Use 700 MiB, more than the task has."""

import time

held = bytearray(b"x") * (700 * 1024 * 1024)
time.sleep(60)
