"""Run the statements of the second argument with a Python that says it is of the version in the first."""

import sys

version, statements = sys.argv[1:]
vars(sys).update(version_info=tuple(map(int, version.split("."))), version=f"{version} (main)")
exec(statements)  # noqa: S102 of the Makefile
