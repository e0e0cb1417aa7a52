"""Secrets: AWS creates the value, Secrets Manager keeps it, and containers get a reference."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cdktf import TerraformResourceLifecycle, TerraformStack
from cdktf_cdktf_provider_aws.secretsmanager_secret import SecretsmanagerSecret
from cdktf_cdktf_provider_aws.secretsmanager_secret_version import SecretsmanagerSecretVersion
from constructs import Construct

from constructs_lib.engine.order import Ready
from constructs_lib.iam.policy import Statement, allow, token_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from constructs_lib.iam.account import Account

RECOVERY_DAYS = 30


@dataclass(frozen=True)
class SecretReference:
    """
    What a container definition has instead of a secret's value, and the ARN that a role must be allowed to read.

    `has_user_key`: a KMS key of the user may encrypt it; the role must be allowed to decrypt with that key.
    """

    value_from: str
    arn: str
    service: Literal["secretsmanager", "ssm"] = "secretsmanager"
    has_user_key: bool = False


CALLS = {
    "secretsmanager": ("secretsmanager:GetSecretValue", "SecretARN"),
    "ssm": ("ssm:GetParameters", "PARAMETER_ARN"),
}
"""
The action that reads a value, and the key of its ARN in the encryption context ("Secrets Manager encryption context",
"How AWS Systems Manager Parameter Store uses AWS KMS").
"""


def decrypting(service: str, arns: Sequence[str], *, region: str, account: Account) -> Statement:
    """
    Return what a role needs to decrypt the values of *arns*, which may be patterns, with a KMS key of a user.

    The key may be unknown, and another account's: KMS compares the value's ARN and the service. The key's policy must
    allow it, too; the policy that AWS proposes does so for its own account.
    """
    return allow(
        ["kms:Decrypt"],
        [f"arn:{account.partition}:kms:{region}:*:key/*"],
        {
            "StringLike": {
                f"kms:EncryptionContext:{CALLS[service][1]}": list(arns),
                "kms:ViaService": f"{service}.{region}.amazonaws.*",
            }
        },
    )


def reading(references: Iterable[SecretReference], *, account: Account) -> list[Statement]:
    """Return what a role needs to read the values of *references*, and no other value."""
    statements: list[Statement] = []
    wanted = sorted(set(references), key=lambda reference: token_order(reference.arn))
    for service, (action, _) in CALLS.items():
        mine = [each for each in wanted if each.service == service]
        if mine:
            statements.append(allow([action], list(dict.fromkeys(each.arn for each in mine))))
        regions: dict[str, list[str]] = {}
        for arn in dict.fromkeys(each.arn for each in mine if each.has_user_key):
            # An ARN that only the plan knows is in this account and region.
            region = arn.split(":")[3] if arn.startswith("arn:") else account.region
            regions.setdefault(region, []).append(arn)
        statements += [decrypting(service, arns, region=region, account=account) for region, arns in regions.items()]
    return statements


class Secret(Construct):
    """
    Define a secret whose value Terraform passes from AWS to AWS without storing it.

    The value has *length* random letters and digits. *template* is a Terraform expression with `{}` in the value's
    place. A higher *version* creates a new value. With *username* the secret is JSON with the keys `username` and
    `password`, as RDS writes them.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        description: str,
        version: int,
        protected: bool,
        length: int = 32,
        template: str = "{}",
        username: str | None = None,
    ) -> None:
        super().__init__(scope, id_)

        secret = SecretsmanagerSecret(
            self,
            "Resource",
            name=name,
            description=description,
            # Without a recovery window the name is free as soon as the stage is destroyed.
            recovery_window_in_days=RECOVERY_DAYS if protected else 0,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=protected),
        )
        # The name of the ephemeral resource; the bindings have no ephemeral resources.
        word = name.rpartition("/")[2].replace("-", "_")
        TerraformStack.of(self).add_override(
            f"ephemeral.aws_secretsmanager_random_password.{word}",
            {"password_length": length, "exclude_punctuation": True},
        )
        value = template.format(f"ephemeral.aws_secretsmanager_random_password.{word}.random_password")
        if username:
            value = f"jsonencode({{ username = {json.dumps(username)}, password = {value} }})"
        self._word = word
        self._version = SecretsmanagerSecretVersion(
            self,
            "Version",
            secret_id=secret.id,
            secret_string_wo=f"${{{value}}}",
            secret_string_wo_version=version,
        )

        self.arn = secret.arn
        self.version_id = self._version.version_id
        self.ready = Ready(self._version)
        """What must exist before the value can be read."""

    def reference(self, key: str = "") -> SecretReference:
        """
        Return the reference to the secret's value, or to *key* of its JSON, in this version.

        Therefore a new version is a new task definition, and restarts the services that use it.
        """
        return SecretReference(f"{self.arn}:{key}::{self.version_id}", self.arn)

    def read_back(self, key: str) -> str:
        """
        Return a Terraform expression for *key* of the stored value, for write-only arguments.

        Reads the stored value, so an interrupted apply cannot leave two passwords.
        """
        TerraformStack.of(self).add_override(
            f"ephemeral.aws_secretsmanager_secret_version.{self._word}",
            {"secret_id": self._version.secret_id, "version_id": self.version_id},
        )
        stored = f"ephemeral.aws_secretsmanager_secret_version.{self._word}.secret_string"
        return f"${{jsondecode({stored}).{key}}}"
