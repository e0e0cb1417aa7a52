"""The number of the change, which `witness.py` and `number.txt` must have too."""

NUMBER = 0
