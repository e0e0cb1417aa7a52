"""Print a variable and those that could hold a key, write into the shared volume, and end with 3."""

import os
import sys
from pathlib import Path

print(os.environ["A"], sorted(name for name in os.environ if "KEY" in name))
Path("/shared-volume/a").write_text("written")
sys.exit(3)
