"""Make the bindings lazy, before a program imports them."""

import os  # noqa: F401 for the statements that a test adds

from constructs_lib.engine.lazy_bindings import make_bindings_lazy

make_bindings_lazy()
