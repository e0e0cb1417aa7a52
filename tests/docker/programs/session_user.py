"""Print the user of this process, its groups and its folders."""

import os

if __name__ == "__main__":
    print(os.getuid(), os.getgid(), os.getgroups(), os.environ["HOME"], os.getcwd())  # noqa: PTH109, T201 the test reads it
