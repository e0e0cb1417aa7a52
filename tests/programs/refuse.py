"""Refuse the stages as main.py does, after a warning."""

import sys

print("warning: slow", file=sys.stderr)
sys.exit("error: stages.py is wrong")
