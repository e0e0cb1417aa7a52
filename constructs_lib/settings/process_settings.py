"""The settings of one of Airflow's processes."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from constructs_lib.settings.capacity import TaskSize
from constructs_lib.settings.permission import Permission
from constructs_lib.settings.values import Listed
from constructs_lib.settings.variable_names import SecretVariables, Variables, check_disjoint
from constructs_lib.shared.capacity import Capacity
from constructs_lib.shared.user_model import UserModel


class ProcessSettings(UserModel):
    """
    Settings of one process, which override the table of processes.

    `size`, `count` and `capacity` need the topology `split`. `permissions` are added to the role of the service that
    runs the process. In the topology `compact` all processes have one role.
    """

    size: TaskSize | None = None
    count: int = Field(default=1, ge=1, le=100)
    """Number of tasks that run the process."""
    max_count: int | None = Field(default=None, ge=1, le=100)
    """For api-server and triggerer: maximum number of tasks when their CPU is busy; `None`: always `count`."""
    capacity: Capacity = "FARGATE"
    accept_interruption: bool = False
    """
    Must be `True` to run the api-server or the scheduler on Spot, where AWS can stop them with two minutes' notice.
    """
    permissions: Annotated[tuple[Permission, ...], Listed] = ()
    environment: Variables = Field(default_factory=dict)
    """Variables of the process's container; they override the stage's."""
    secrets: SecretVariables = Field(default_factory=dict)
    """Variables of the container whose values are secrets; see `secrets` of the stage."""

    @model_validator(mode="after")
    def _has_each_variable_once(self) -> Self:
        check_disjoint(self.environment, self.secrets)
        return self
