"""Print the seconds of CPU of a Python program, with the processes that it leaves."""

import sys
from pathlib import Path

from benchmarks.measure import Program
from benchmarks.unit_tests import cpu_seconds

print(cpu_seconds(Program([sys.executable, sys.argv[1]], Path.cwd())))
