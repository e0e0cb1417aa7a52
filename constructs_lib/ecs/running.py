"""Which services of a stage run: all, or fewer while it is paused."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle, Token
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from constructs_lib.ecs.what_runs import ALL, CORE, NOTHING, is_worker_service
from constructs_lib.engine.addressed_stack import state_address_of


class Running(Construct):
    """
    Define the SSM parameter that holds which services run; a pause and a resume write it.

    Terraform reads it: a plan of a paused stage shows no change, and the JSON still has the numbers of the settings.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str) -> None:
        super().__init__(scope, id_)

        self.name = name
        parameter = SsmParameter(
            self,
            "Resource",
            name=name,
            description="Which part of the stage runs; make pause, make resume and the pause schedule write it",
            type="String",
            # Not a secret: Terraform shows it.
            insecure_value=ALL,
            allowed_pattern=f"^({ALL}|{CORE}|{NOTHING})$",
            lifecycle=TerraformResourceLifecycle(ignore_changes=["insecure_value"]),
        )

        self.arn = parameter.arn
        self._value = f"{state_address_of(parameter)}.insecure_value"

    def capacity(self, count: int, *, service: str) -> float:
        """Return a Terraform expression: *count* while the ECS service of this name runs, and 0 while it is paused."""
        if not count:
            return 0
        runs = f'== "{ALL}"' if is_worker_service(service) else f'!= "{NOTHING}"'
        return float(Token.as_number(f"${{{self._value} {runs} ? {count} : 0}}"))
