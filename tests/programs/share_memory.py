"""Use 200 MiB, which three children share with their parent."""

import os
import time

held = bytearray(b"x") * (200 * 1024 * 1024)
for _ in range(3):
    if not os.fork():
        sum(held[::4096])
        time.sleep(60)
print("ready", flush=True)
time.sleep(60)
