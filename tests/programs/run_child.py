"""Run the Python program that the first argument holds, with the other arguments, and end as it does."""

import subprocess
import sys

sys.exit(subprocess.run([sys.executable, "-c", *sys.argv[1:]], check=False).returncode)
