"""The secrets that a `task.toml` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.data_aws_secretsmanager_secret import DataAwsSecretsmanagerSecret
from constructs import Construct

from constructs_lib.secret import SecretReference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.account import Account

SECRET_ARN_PARTS = 7
"""Parts of a secret's ARN (arn:aws:secretsmanager:region:account:secret:name); a JSON key and a version may follow."""


class TaskSecrets(Construct):
    """
    Define the look-up of each secret that is given by name, so that a missing one fails while planning.

    A look-up reads what a secret is called, not its value; that of a parameter, which AWS gives only with the value,
    is ephemeral.
    """

    def __init__(self, scope: Construct, id_: str, *, account: Account, task: str, secrets: Mapping[str, str]) -> None:
        super().__init__(scope, id_)

        self._account = account
        self._task = task
        self.references = {variable: self._find(variable, name) for variable, name in secrets.items()}

    def _find(self, variable: str, name: str) -> SecretReference:
        if name.startswith("arn:"):
            parameter = name.split(":")[2] == "ssm"
            return SecretReference(name, name if parameter else ":".join(name.split(":")[:SECRET_ARN_PARTS]))
        if name.startswith("/"):
            arn = self._account.arn("ssm", f"parameter{name}")
            # No task's name has two underscores: no two tasks' variables make one word.
            word = f"{self._task.replace('-', '_')}__{variable}"
            TerraformStack.of(self).add_override(f"ephemeral.aws_ssm_parameter.{word}", {"arn": arn})
            return SecretReference(arn, arn)
        arn = DataAwsSecretsmanagerSecret(self, variable, name=name).arn
        return SecretReference(arn, arn)
