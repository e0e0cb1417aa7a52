"""Run the statements in the second argument with a Python that pretends to have the version in the first."""

import sys

version, statements = sys.argv[1:]
vars(sys).update(version_info=tuple(map(int, version.split("."))), version=f"{version} (main)")
exec(statements)  # noqa: S102 of the Makefile
