"""The SSM parameter of a stage that records whether the stage runs or is paused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_on_fargate.advice import advised
from constructs_lib.ecs.what_runs import ALL, CORE, NOTHING
from constructs_lib.shared.bad_input import BadInputError

if TYPE_CHECKING:
    from airflow_on_fargate.operations.composed_stage import ComposedStage
    from airflow_on_fargate.operations.waiting import Report

_STATES = {NOTHING: "is paused", CORE: "is being paused or resumed"}


class RunningParameter:
    """The parameter of *stage*; *ssm* is boto3's client."""

    def __init__(self, stage: ComposedStage, ssm: Any) -> None:  # noqa: ANN401 boto3 creates the type
        self._stage = stage
        self._ssm = ssm

    def read(self) -> str | None:
        """Return its value, or None if the stage is not deployed."""
        try:
            value: str = self._ssm.get_parameter(Name=self._stage.running)["Parameter"]["Value"]
        except self._ssm.exceptions.ParameterNotFound:
            return None
        return value

    def write(self, what: str) -> None:
        """Record *what* is to run, so that the next Terraform plan expects it."""
        self._ssm.put_parameter(Name=self._stage.running, Value=what, Overwrite=True)

    def report_pause(self, report: Report) -> None:
        """Report if the stage is paused, being paused or being resumed."""
        what = self.read()
        if what not in (ALL, None):
            report(f"{self._stage.name} {_STATES[what]}")

    def refuse_missing(self) -> None:
        """
        Refuse a stage that is not deployed.

        Raises:
            BadInputError: it is not deployed.

        """
        if self.read() is None:
            stage = self._stage
            msg = f"{stage.name} is not deployed in {stage.region}: {advised('deploy', stage.stage)} creates it"
            raise BadInputError(msg)

    def refuse_paused(self) -> None:
        """
        Refuse a stage that is paused, being paused or being resumed.

        Raises:
            BadInputError: it is; the sentence has the command that resumes it.

        """
        what = self.read()
        if what not in (ALL, None):
            msg = (
                f"{self._stage.name} {_STATES[what]}, so no task would run the new version:"
                f" run {advised('resume', self._stage.stage)} first"
            )
            raise BadInputError(msg)
