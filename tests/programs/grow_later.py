"""Use little memory, and 200 MiB a second after that was printed."""

import time

print("ready", flush=True)
time.sleep(1)
held = bytearray(b"x") * (200 * 1024 * 1024)
time.sleep(60)
