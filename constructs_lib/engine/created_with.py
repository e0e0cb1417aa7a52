"""Values that a stage must keep from its first deployment on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import DataResource, Postcondition, TerraformResourceLifecycle
from constructs import Construct

from constructs_lib.engine.names import pascal_case

if TYPE_CHECKING:
    from collections.abc import Mapping


class CreatedWith(Construct):
    """
    Record *values*, by setting, in the state of a new stage. A later plan with other values fails with a sentence.

    A stage that was deployed by a version without the record gets it with the next deployment. *until* is what a user
    must do to end the record.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        values: Mapping[str, str],
        what: str = "a new stage",
        until: str = "destroy the stage and deploy it again",
    ) -> None:
        super().__init__(scope, id_)

        for name, value in values.items():
            DataResource(
                self,
                pascal_case(name),
                input={"value": value},
                lifecycle=TerraformResourceLifecycle(
                    # Keep the value of the first deployment.
                    ignore_changes=["input"],
                    postcondition=[
                        Postcondition(
                            condition=f'${{self.input.value == "{value}"}}',
                            error_message=f"{name} is only for {what}: this one was created with"
                            f" ${{self.input.value}}, got {value}. Set it back, or {until}.",
                        )
                    ],
                ),
            )
