"""Print the modules that are loaded after the statement in the first argument."""

import sys

exec(sys.argv[1])  # noqa: S102 of the test
print(*sys.modules)
