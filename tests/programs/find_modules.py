"""Print whether Python finds each of the modules that are named as arguments."""

import sys
from importlib.util import find_spec

print(*(bool(find_spec(name)) for name in sys.argv[1:]))
