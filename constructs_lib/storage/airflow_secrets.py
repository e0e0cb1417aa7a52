"""The secrets that Airflow's processes share."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from constructs import Construct

from constructs_lib.engine.order import Ready
from constructs_lib.shared.containers import ADMIN
from constructs_lib.storage.secret import Secret, decrypting

if TYPE_CHECKING:
    from constructs_lib.iam.account import Account
    from constructs_lib.iam.task_role import Grantable
    from constructs_lib.storage.secret import SecretReference

# A Fernet key is 32 bytes in URL-safe base64 (specification of Fernet, "Key Format"); 32 ASCII letters are 32 bytes.
FERNET = 'replace(replace(base64encode({}), "+", "-"), "/", "_")'

FERNET_KEY, JWT_SECRET, API_KEY, ADMIN_SECRET = SECRETS = ("fernet-key", "jwt-secret", "api-secret-key", "admin")
"""The secrets' names after the stage's prefix."""


class AirflowSecrets(Construct):
    """
    Define the Fernet key, the JWT secret, the API's secret key and the first user's password.

    Their names, and those of the connections and variables that Airflow looks up, start with *name_prefix*. A higher
    version creates a new value.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        account: Account,
        name_prefix: str,
        protected: bool,
        fernet_version: int = 1,
        jwt_version: int = 1,
        api_version: int = 1,
        admin_version: int = 1,
    ) -> None:
        super().__init__(scope, id_)

        self._account, self._name_prefix = account, name_prefix
        define = partial(Secret, self, protected=protected)
        self._fernet = define(
            "Fernet",
            name=f"{name_prefix}/{FERNET_KEY}",
            description="Encrypts connections and variables in Airflow's metadata database",
            version=fernet_version,
            template=FERNET,
        )
        self._jwt = define(
            "Jwt",
            name=f"{name_prefix}/{JWT_SECRET}",
            description="Signs the tokens with which tasks call Airflow's API",
            version=jwt_version,
            length=64,
        )
        self._api = define(
            "Api",
            name=f"{name_prefix}/{API_KEY}",
            description="Signs sessions of Airflow's UI and requests for logs of running tasks",
            version=api_version,
            length=64,
        )
        self._admin = define(
            "Admin",
            name=f"{name_prefix}/{ADMIN_SECRET}",
            description="The first user of Airflow's UI",
            version=admin_version,
            username=ADMIN,
        )

        self.admin_arn = self._admin.arn
        self.admin_version = self._admin.version_id
        self.ready = Ready(*(each.ready for each in (self._fernet, self._jwt, self._api, self._admin)))

    @property
    def references(self) -> dict[str, SecretReference]:
        """The references by the logical names that `environment.secrets` uses."""
        return {
            "fernet": self._fernet.reference(),
            "jwt": self._jwt.reference(),
            "api": self._api.reference(),
            "admin": self._admin.reference("password"),
        }

    def grant_read_connections(self, *grantees: Grantable) -> None:
        """Allow to read Airflow's connections and variables, which are secrets under a prefix of the stage."""
        arns = [
            self._account.arn("secretsmanager", f"secret:{self._name_prefix}/{kind}/*")
            for kind in ("connections", "variables")
        ]
        for grantee in grantees:
            grantee.role.allow(["secretsmanager:GetSecretValue"], arns)
            grantee.role.add(decrypting("secretsmanager", arns, region=self._account.region, account=self._account))
