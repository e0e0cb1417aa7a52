"""The workers of a queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs_lib.airflow.airflow_service import AirflowService
    from constructs_lib.airflow.worker_scaling import WorkerScaling
    from constructs_lib.iam.task_role import TaskRole
    from constructs_lib.network.security_group import SecurityGroup
    from constructs_lib.storage.queue import Queue


@dataclass(frozen=True)
class Workers:
    """
    The workers of a queue: the *queue*, the *service* that they are tasks of, and its *scaling*.

    `WorkerPool` is the name of their settings. Without *scaling* the worker runs inside the compact task, and *service*
    is that of all processes.
    """

    queue: Queue
    service: AirflowService
    scaling: WorkerScaling | None = None

    @property
    def role(self) -> TaskRole:
        """The role that DAGs run with."""
        return self.service.role

    @property
    def security_group(self) -> SecurityGroup:
        """The security group of the service."""
        return self.service.security_group
