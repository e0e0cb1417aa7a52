"""The secrets that Airflow's processes share."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from constructs import Construct

from constructs_lib.storage.secret import Secret, decrypting

if TYPE_CHECKING:
    from cdktf import TerraformResource

    from constructs_lib.iam.account import Account
    from constructs_lib.iam.task_role import Grantable
    from constructs_lib.settings.settings import Settings
    from constructs_lib.storage.secret import SecretReference

ADMIN = "admin"
# Fernet wants 32 bytes in URL-safe base64 (specification of Fernet, "Key Format"); 32 ASCII letters are 32 bytes.
FERNET = 'replace(replace(base64encode({}), "+", "-"), "/", "_")'

FERNET_KEY, JWT_SECRET, API_KEY, ADMIN_SECRET = SECRETS = ("fernet-key", "jwt-secret", "api-secret-key", "admin")
"""The secrets' names after the stage's prefix."""


class Keys(Construct):
    """Define the Fernet key, the JWT secret, the API's secret key and the first user's password."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings, account: Account) -> None:
        super().__init__(scope, id_)

        self._account = account
        self._looked_up = [
            account.arn("secretsmanager", f"secret:{settings.name}/{kind}/*") for kind in ("connections", "variables")
        ]
        versions = settings.key_versions
        define = partial(Secret, self, protected=settings.protected)
        self._fernet = define(
            "Fernet",
            name=f"{settings.name}/{FERNET_KEY}",
            description="Encrypts connections and variables in Airflow's metadata database",
            version=versions.fernet,
            template=FERNET,
        )
        self._jwt = define(
            "Jwt",
            name=f"{settings.name}/{JWT_SECRET}",
            description="Signs the tokens with which tasks call Airflow's API",
            version=versions.jwt,
            length=64,
        )
        self._api = define(
            "Api",
            name=f"{settings.name}/{API_KEY}",
            description="Signs sessions of Airflow's UI and requests for logs of running tasks",
            version=versions.api,
            length=64,
        )
        self._admin = define(
            "Admin",
            name=f"{settings.name}/{ADMIN_SECRET}",
            description="The first user of Airflow's UI",
            version=versions.admin,
            username=ADMIN,
        )

        self.admin_arn = self._admin.arn
        self.admin_version = self._admin.version_id
        self.resources: list[TerraformResource] = [
            resource for secret in (self._fernet, self._jwt, self._api, self._admin) for resource in secret.resources
        ]

    @property
    def references(self) -> dict[str, SecretReference]:
        """The references by the names that `airflow_environment.secrets` uses."""
        return {
            "fernet": self._fernet.reference(),
            "jwt": self._jwt.reference(),
            "api": self._api.reference(),
            "admin": self._admin.reference("password"),
        }

    def grant_read_connections(self, *grantees: Grantable) -> None:
        """Allow to read Airflow's connections and variables, which are secrets under a prefix of the stage."""
        for grantee in grantees:
            grantee.role.allow(["secretsmanager:GetSecretValue"], self._looked_up)
            grantee.role.add(
                decrypting("secretsmanager", self._looked_up, region=self._account.region, account=self._account)
            )
