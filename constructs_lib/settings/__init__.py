"""
What a user can set: the models of stages.py and task.toml, their rules, and the tables they refer to.

The names below are for stages.py: `from constructs_lib.settings import Settings, WorkerPool`. They are imported when
they are asked for, because programs that read one table here need none of the models.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from constructs_lib.shared.bad_input import models_in

if TYPE_CHECKING:
    from constructs_lib.settings.capacity import Ec2Capacity, TaskSize
    from constructs_lib.settings.dag_bundles import DagsInGit, DagsInS3
    from constructs_lib.settings.existing import ExistingDatabase, ExistingNetwork
    from constructs_lib.settings.github_roles import GitHubRoles
    from constructs_lib.settings.pause_schedule import PauseSchedule
    from constructs_lib.settings.permission import Permission
    from constructs_lib.settings.process_settings import ProcessSettings
    from constructs_lib.settings.secret import KeyVersions
    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.tags import IgnoreTags
    from constructs_lib.settings.worker_pool import WorkerPool
    from constructs_lib.shared.capacity import FargateStrategy

__all__ = [
    "DagsInGit",
    "DagsInS3",
    "Ec2Capacity",
    "ExistingDatabase",
    "ExistingNetwork",
    "FargateStrategy",
    "GitHubRoles",
    "IgnoreTags",
    "KeyVersions",
    "PauseSchedule",
    "Permission",
    "ProcessSettings",
    "Settings",
    "TaskSize",
    "WorkerPool",
]


def __getattr__(name: str) -> object:
    """Return the model *name*."""
    if name in __all__:
        models = models_in(import_module("constructs_lib.settings.settings").Settings)
        # The next import finds them without this function.
        globals().update({each: models[each] for each in __all__})
        return models[name]
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
