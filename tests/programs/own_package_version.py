"""Print the version of a package that a test installs."""

from importlib import import_module

print(import_module("own_package").VERSION)
