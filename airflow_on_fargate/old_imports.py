"""
The modules that stages.py imported its models from before they moved to `constructs_lib.settings`.

They work for one version, with a warning. Remove this file with the next one.
"""

import sys
from importlib import import_module
from types import ModuleType

from typing_extensions import override

MOVED = (
    *("ec2_capacity", "existing", "key_versions", "pause_schedule"),
    *("permission", "process_settings", "tags", "worker_pool"),
)


class _MovedModule(ModuleType):
    @override
    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # such as __path__, which Python looks for in what it imports
            raise AttributeError(name)
        found = getattr(import_module("constructs_lib.settings"), name)
        print(
            f"warning: stages.py imports {name} from {self.__name__}, which the next version removes; write"
            f" `from constructs_lib.settings import {name}`",
            file=sys.stderr,
        )
        return found


def accept_old_imports() -> None:
    """Let stages.py import the models from where they were."""
    for name in MOVED:
        sys.modules.setdefault(f"constructs_lib.{name}", _MovedModule(f"constructs_lib.{name}"))
