"""What a stage may say about one of Airflow's processes."""

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
    Differences from the table of processes for one process.

    `size`, `count` and `capacity` are for a process with a service of its own; `permissions` go into the role of the
    service that runs the process, which in the compact topology is the role of all.
    """

    size: TaskSize | None = None
    count: int = Field(default=1, ge=1, le=100)
    max_count: int | None = Field(default=None, ge=1, le=100)
    """For api-server and triggerer: the maximum number when their CPU is busy; `None`: always `count`."""
    capacity: Capacity = "FARGATE"
    accept_interruption: bool = False
    """Must be `True` to run the api-server or the scheduler on Spot, where AWS stops them with two minutes' notice."""
    permissions: Annotated[tuple[Permission, ...], Listed] = ()
    environment: Variables = Field(default_factory=dict)
    """Variables of the process's container; they override the stage's."""
    secrets: SecretVariables = Field(default_factory=dict)
    """The same by the name of a secret."""

    @model_validator(mode="after")
    def _has_each_variable_once(self) -> Self:
        check_disjoint(self.environment, self.secrets)
        return self
