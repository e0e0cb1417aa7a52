"""Print a line, and exit with 3."""

import sys

print("the disk is full", flush=True)
sys.exit(3)
