"""Print where this Python is installed."""

import sys

if __name__ == "__main__":
    print(sys.base_prefix)  # noqa: T201 the test reads it
