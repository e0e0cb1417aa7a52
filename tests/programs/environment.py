"""Print the values of the variables that are named as arguments, and None for one that is not set."""

import os
import sys

print(*(os.environ.get(name) for name in sys.argv[1:]), flush=True)
