"""What of a stage is to run, as its parameter in SSM says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from constructs_lib.ecs.what_runs import ALL, CORE, NOTHING
from constructs_lib.shared.bad_input import BadInputError

if TYPE_CHECKING:
    from airflow_on_fargate.operations.composed_stage import ComposedStage
    from airflow_on_fargate.operations.waiting import Tell

_STATES = {NOTHING: "is paused", CORE: "is being paused or woken"}


class RunningParameter:
    """The parameter of *stage*; *ssm* is boto3's client."""

    def __init__(self, stage: ComposedStage, ssm: Any) -> None:  # noqa: ANN401 boto3 makes the type
        self._stage = stage
        self._ssm = ssm

    def read(self) -> str | None:
        """Return what is to run; None: the stage is not deployed."""
        try:
            value: str = self._ssm.get_parameter(Name=self._stage.running)["Parameter"]["Value"]
        except self._ssm.exceptions.ParameterNotFound:
            return None
        return value

    def write(self, what: str) -> None:
        """Say what is to run, so that Terraform expects what is done next."""
        self._ssm.put_parameter(Name=self._stage.running, Value=what, Overwrite=True)

    def tell(self, tell: Tell) -> None:
        """Tell that the stage is paused, or on its way there or back, if it is."""
        what = self.read()
        if what not in (ALL, None):
            tell(f"{self._stage.name} {_STATES[what]}")

    def refuse_missing(self) -> None:
        """
        Refuse a stage that is not deployed.

        Raises:
            BadInputError: saying so.

        """
        if self.read() is None:
            msg = f"{self._stage.name} is not deployed in {self._stage.region}: make deploy STAGE={self._stage.stage}"
            raise BadInputError(msg)

    def refuse_paused(self) -> None:
        """
        Refuse a stage that is paused, or on its way there or back.

        Raises:
            BadInputError: saying how it is woken.

        """
        what = self.read()
        if what not in (ALL, None):
            msg = (
                f"{self._stage.name} {_STATES[what]}: nothing would show whether a deployment works;"
                f" make resume STAGE={self._stage.stage} first"
            )
            raise BadInputError(msg)
