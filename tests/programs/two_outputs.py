"""Print a line to each of both outputs."""

import sys

print("one", flush=True)
print("two", file=sys.stderr)
