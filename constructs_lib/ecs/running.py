"""What of a stage is to run: all of it, or less while it is paused."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle, Token
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from constructs_lib.ecs.what_runs import ALL, CORE, NOTHING, is_worker_service
from constructs_lib.engine.addressed_stack import state_address_of


class Running(Construct):
    """
    Define an SSM parameter that says what of the stage is to run; pausing and waking it write there.

    A plan reads it, so that a paused stage is what Terraform expects, while the numbers in the settings stay in sight.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str) -> None:
        super().__init__(scope, id_)

        self.name = name
        parameter = SsmParameter(
            self,
            "Resource",
            name=name,
            description="What of the stage is to run; written by whatever pauses and wakes it",
            type="String",
            # Not a secret: Terraform shows it.
            insecure_value=ALL,
            allowed_pattern=f"^({ALL}|{CORE}|{NOTHING})$",
            lifecycle=TerraformResourceLifecycle(ignore_changes=["insecure_value"]),
        )

        self.arn = parameter.arn
        self._value = f"{state_address_of(parameter)}.insecure_value"

    def capacity(self, count: int, *, service: str) -> float:
        """Return, as Terraform's expression, *count* while the *service* of that name is to run, and 0 otherwise."""
        if not count:
            return 0
        runs = f'== "{ALL}"' if is_worker_service(service) else f'!= "{NOTHING}"'
        return float(Token.as_number(f"${{{self._value} {runs} ? {count} : 0}}"))
