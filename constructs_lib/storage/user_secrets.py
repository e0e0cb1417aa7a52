"""Existing secrets that a user names for containers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.data_aws_secretsmanager_secret import DataAwsSecretsmanagerSecret
from constructs import Construct

from constructs_lib.settings.secret import SecretName, parse_secret_name
from constructs_lib.storage.secret import SecretReference, reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.iam.account import Account
    from constructs_lib.iam.task_role import Grantable


class UserSecrets(Construct):
    """
    Define the look-up of each of *secrets* without an ARN, so that the plan fails for a missing one.

    A look-up reads the ARN of a secret, not its value. AWS returns a parameter only with its value, so that look-up is
    ephemeral. The keys of *secrets*, such as a variable's name, are those of `references`. *owner* is a word that is
    unique in the stack.
    """

    def __init__(self, scope: Construct, id_: str, *, account: Account, owner: str, secrets: Mapping[str, str]) -> None:
        super().__init__(scope, id_)

        self._account = account
        self._owner = owner
        self._arns: dict[str, str] = {}
        self.references = {key: self._find(key, text) for key, text in secrets.items()}

    def grant_read(self, *grantees: Grantable) -> None:
        """Allow to read the values: for programs that do so themselves, and not by ECS at their start."""
        for grantee in grantees:
            grantee.role.add(*reading(self.references.values(), account=self._account))

    def _find(self, key: str, text: str) -> SecretReference:
        name = parse_secret_name(text)
        if name.whole not in self._arns:
            self._arns[name.whole] = name.whole if name.is_arn else self._look_up(key, name)
        arn = self._arns[name.whole]
        return SecretReference(f"{arn}{name.part}", arn, service=name.service, has_user_key=True)

    def _look_up(self, key: str, name: SecretName) -> str:
        """Return the ARN of a secret; the id of its look-up is the first *key* that refers to it."""
        if name.service == "secretsmanager":
            return DataAwsSecretsmanagerSecret(self, re.sub(r"\W", "_", key), name=name.whole).arn
        arn = self._account.arn("ssm", f"parameter{name.whole}")
        # No owner's name has two underscores, so the word is unique.
        word = f"{self._owner.replace('-', '_')}__{key}"
        TerraformStack.of(self).add_override(f"ephemeral.aws_ssm_parameter.{word}", {"arn": arn})
        return arn
