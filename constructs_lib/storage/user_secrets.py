"""Secrets that exist already and that a user names for containers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.data_aws_secretsmanager_secret import DataAwsSecretsmanagerSecret
from constructs import Construct

from constructs_lib.settings.secret import SecretName, parse_secret_name
from constructs_lib.storage.secret import SecretReference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.iam.account import Account


class UserSecrets(Construct):
    """
    Define the look-up of each of *secrets* that is not named by its ARN, so that a missing one fails in the plan.

    A look-up reads what a secret is called, not its value; that of a parameter, which AWS gives only with the value,
    is ephemeral. The keys of *secrets*, such as a variable's name, are those of `references`. *owner* is a word that no
    other one has in the stack.
    """

    def __init__(self, scope: Construct, id_: str, *, account: Account, owner: str, secrets: Mapping[str, str]) -> None:
        super().__init__(scope, id_)

        self._account = account
        self._owner = owner
        self._arns: dict[str, str] = {}
        self.references = {key: self._find(key, text) for key, text in secrets.items()}

    def _find(self, key: str, text: str) -> SecretReference:
        name = parse_secret_name(text)
        if name.whole not in self._arns:
            self._arns[name.whole] = name.whole if name.is_arn else self._look_up(key, name)
        arn = self._arns[name.whole]
        return SecretReference(f"{arn}{name.part}", arn, service=name.service, has_user_key=True)

    def _look_up(self, key: str, name: SecretName) -> str:
        """Return the ARN of a secret that is named otherwise; its look-up has the name of the first *key* with it."""
        if name.service == "secretsmanager":
            return DataAwsSecretsmanagerSecret(self, re.sub(r"\W", "_", key), name=name.whole).arn
        arn = self._account.arn("ssm", f"parameter{name.whole}")
        # No owner's name has two underscores: no two owners' keys make one word.
        word = f"{self._owner.replace('-', '_')}__{key}"
        TerraformStack.of(self).add_override(f"ephemeral.aws_ssm_parameter.{word}", {"arn": arn})
        return arn
