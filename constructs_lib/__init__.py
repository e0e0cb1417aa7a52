"""
The constructs that make up one Airflow environment on AWS Fargate, and the models of its settings.

The names below are for users: `from constructs_lib import AirflowStack, Settings`. Each construct also works in a stack
of another project. A name is imported when it is used: the Airflow image has `constructs_lib.shared` and nothing else
of this package, and a program that reads settings needs no CDKTF.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # `__getattr__` reads these lines: a name is from the module that it is imported from here.
    from constructs_lib.airflow.airflow import Airflow
    from constructs_lib.airflow_stack import AirflowStack
    from constructs_lib.ecs.cluster import Cluster
    from constructs_lib.ecs.container import Container
    from constructs_lib.ecs.container_image import ContainerImage
    from constructs_lib.ecs.fargate_service import FargateService
    from constructs_lib.ecs.service_scaling import ServiceScaling
    from constructs_lib.ecs.task_definition import TaskDefinition
    from constructs_lib.engine.addressed_stack import AddressedStack
    from constructs_lib.engine.lazy_bindings import make_bindings_lazy
    from constructs_lib.engine.order import Ready, create_after
    from constructs_lib.github_roles import GitHubRolesStack
    from constructs_lib.iam.account import Account
    from constructs_lib.iam.task_role import Grantable, TaskRole
    from constructs_lib.network.load_balancer import LoadBalancer
    from constructs_lib.network.network import Network
    from constructs_lib.network.private_dns import PrivateDns
    from constructs_lib.network.security_group import Connectable, SecurityGroup
    from constructs_lib.pause.pause import Pause
    from constructs_lib.push_image.build_context import BuildContext
    from constructs_lib.settings import (
        DagsInGit,
        DagsInS3,
        Ec2Capacity,
        ExistingDatabase,
        ExistingNetwork,
        FargateStrategy,
        GitHubRoles,
        IgnoreTags,
        KeyVersions,
        PauseSchedule,
        Permission,
        ProcessSettings,
        Settings,
        TaskSize,
        WorkerPool,
    )
    from constructs_lib.settings.task_folder import find_task_folders
    from constructs_lib.shared.bad_input import BadInputError
    from constructs_lib.state_bucket import StateBucketStack
    from constructs_lib.storage.airflow_secrets import AirflowSecrets
    from constructs_lib.storage.bucket import Bucket
    from constructs_lib.storage.dag_bucket import DagBucket
    from constructs_lib.storage.database import Database
    from constructs_lib.storage.file_system import FileSystem
    from constructs_lib.storage.queue import Queue
    from constructs_lib.storage.secret import Secret
    from constructs_lib.storage.task_logs import TaskLogs
    from constructs_lib.storage.user_secrets import UserSecrets
    from constructs_lib.tasks.dag_tasks import DagTasks

__all__ = [
    "Account",
    "AddressedStack",
    "Airflow",
    "AirflowSecrets",
    "AirflowStack",
    "BadInputError",
    "Bucket",
    "BuildContext",
    "Cluster",
    "Connectable",
    "Container",
    "ContainerImage",
    "DagBucket",
    "DagTasks",
    "DagsInGit",
    "DagsInS3",
    "Database",
    "Ec2Capacity",
    "ExistingDatabase",
    "ExistingNetwork",
    "FargateService",
    "FargateStrategy",
    "FileSystem",
    "GitHubRoles",
    "GitHubRolesStack",
    "Grantable",
    "IgnoreTags",
    "KeyVersions",
    "LoadBalancer",
    "Network",
    "Pause",
    "PauseSchedule",
    "Permission",
    "PrivateDns",
    "ProcessSettings",
    "Queue",
    "Ready",
    "Secret",
    "SecurityGroup",
    "ServiceScaling",
    "Settings",
    "StateBucketStack",
    "TaskDefinition",
    "TaskLogs",
    "TaskRole",
    "TaskSize",
    "UserSecrets",
    "WorkerPool",
    "create_after",
    "find_task_folders",
    "make_bindings_lazy",
]


def __getattr__(name: str) -> object:
    """Import the public *name*, and keep it."""
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    import ast  # noqa: PLC0415 not needed by programs that use no public name
    from importlib import import_module  # noqa: PLC0415 the same
    from pathlib import Path  # noqa: PLC0415 the same

    source = Path(__file__).read_text(encoding="utf-8")
    imports = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom))
    modules = {each.name: node.module for node in imports for each in node.names}
    value: object = getattr(import_module(str(modules[name])), name)
    globals()[name] = value
    return value
