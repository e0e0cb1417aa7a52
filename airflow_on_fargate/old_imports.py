"""
Accept imports in stages.py from the modules of version 0.1, with a warning.

The models are in `constructs_lib.settings` now. Remove this file in the next version.
"""

import sys
from types import ModuleType

from typing_extensions import override

import constructs_lib
from constructs_lib import settings

MOVED = {
    "ec2_capacity": ("Ec2Capacity",),
    "existing": ("ExistingDatabase", "ExistingNetwork"),
    "key_versions": ("KeyVersions",),
    "pause_schedule": ("PauseSchedule",),
    "permission": ("Permission",),
    "process_settings": ("ProcessSettings", "TaskSize"),
    "tags": ("IgnoreTags",),
    "worker_pool": ("WorkerPool",),
}
"""The models of each module."""


class _MovedModule(ModuleType):
    def __init__(self, name: str, models: tuple[str, ...]) -> None:
        super().__init__(name)

        self.__all__ = models

    @override
    def __getattr__(self, name: str) -> object:
        if name not in self.__all__:
            msg = f"module {self.__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        print(
            f"warning: stages.py imports {name} from {self.__name__}, which the next version removes; write"
            f" `from constructs_lib.settings import {name}`",
            file=sys.stderr,
        )
        return getattr(settings, name)


def accept_old_imports() -> None:
    """Make the old modules importable, by every form of the import statement."""
    for name, models in MOVED.items():
        full_name = f"constructs_lib.{name}"
        module = sys.modules.setdefault(full_name, _MovedModule(full_name, models))
        # `import constructs_lib.worker_pool` sets it only for a module that it loads itself.
        setattr(constructs_lib, name, module)
