"""Print the sorted names of the variables that have a word in their name."""

import os
import sys

print(sorted(name for name in os.environ if sys.argv[1] in name))
