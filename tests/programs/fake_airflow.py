"""Stand in for the `airflow` command: print the arguments, the home and the current folder, and fail."""

import json
import os
import sys
from pathlib import Path

print(json.dumps([sys.argv[1:], os.environ["HOME"], str(Path.cwd())]))
sys.exit(7)
