"""Print a line, which Python may hold back, and wait."""

import time

print("first")
time.sleep(100)
