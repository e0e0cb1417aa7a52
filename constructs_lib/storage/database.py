"""Where Airflow keeps its metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import Fn, Postcondition, TerraformResourceLifecycle, TerraformSelf
from cdktf_cdktf_provider_aws.db_instance import DbInstance
from cdktf_cdktf_provider_aws.db_parameter_group import DbParameterGroup, DbParameterGroupParameter
from cdktf_cdktf_provider_aws.db_subnet_group import DbSubnetGroup
from constructs import Construct

from constructs_lib.network.security_group import SecurityGroup
from constructs_lib.shared.worker_role import worker_role
from constructs_lib.storage.secret import Secret
from constructs_lib.storage.service_logs import ServiceLogs
from constructs_lib.storage.user_secrets import UserSecrets

if TYPE_CHECKING:
    from cdktf import TerraformResource

    from constructs_lib.iam.account import Account
    from constructs_lib.network.network import Network
    from constructs_lib.network.security_group import Connectable
    from constructs_lib.settings.settings import Settings

PORT = 5432
NAME = "airflow"
SECRETS = OWNER_SECRET, WORKER_SECRET = ("database", "database-worker")
"""The names of the secrets after the stage's prefix: the owner's, and that of the workers."""
KEYS = ("username", "password")
"""What a secret of the database holds."""
EXPORTED_LOGS = ("postgresql", "upgrade")


class Database(Construct):
    """
    Define the PostgreSQL instance that holds Airflow's metadata, or use an existing one.

    The passwords live in Secrets Manager and never reach the Terraform state. A peer needs `allow_from()` and the
    references in its container: those of the owner, or those of the workers' role, which the migration makes.
    """

    def __init__(self, scope: Construct, id_: str, *, network: Network, settings: Settings, account: Account) -> None:
        super().__init__(scope, id_)

        worker = Secret(
            self,
            "WorkerPassword",
            name=f"{settings.name}/{WORKER_SECRET}",
            description="The workers' role in Airflow's metadata database",
            version=settings.key_versions.database_worker,
            protected=settings.protected,
            username=worker_role(settings.name, settings.key_versions.database_worker),
        )
        self._resources: list[TerraformResource] = list(worker.resources)
        self.references = {f"database_worker_{key}": worker.reference(key) for key in KEYS}
        self.identifier: str | None = None
        """The name of the instance in RDS; None: the stack has not made it."""
        self.arn = ""
        if existing := settings.existing_database:
            self.host, self.port, self.name = existing.host, existing.port, existing.name
            self.security_group = SecurityGroup(
                self, "SecurityGroup", network=network, owner="Database", existing_id=existing.security_group_id
            )
            secrets = UserSecrets(self, "Secrets", account=account, owner="database", secrets=existing.secrets)
            self.references |= {f"database_{key}": reference for key, reference in secrets.references.items()}
            return

        self.port, self.name = PORT, NAME
        self.security_group = SecurityGroup(self, "SecurityGroup", network=network, owner="Database")
        secret = Secret(
            self,
            "Password",
            name=f"{settings.name}/{OWNER_SECRET}",
            description="The owner of Airflow's metadata database",
            version=settings.key_versions.database,
            protected=settings.protected,
            username=NAME,
        )
        instance = self._define(network, settings, password=secret.read_back("password"))
        self.host = instance.address
        self.identifier, self.arn = settings.name, instance.arn
        ServiceLogs(
            self,
            "ServiceLogs",
            owner="database",
            settings=settings,
            account=account,
            log_groups=[f"/aws/rds/instance/{settings.name}/{log}" for log in EXPORTED_LOGS],
        )
        self.references |= {f"database_{key}": secret.reference(key) for key in KEYS}
        self._resources += [*secret.resources, instance]

    @property
    def resources(self) -> list[TerraformResource]:
        """What must be there before a process connects."""
        return [*self._resources, *self.security_group.resources]

    def allow_from(self, *peers: Connectable) -> None:
        """Let *peers* connect."""
        for peer in peers:
            self.security_group.allow_from(peer, self.port)

    def _define(self, network: Network, settings: Settings, *, password: str) -> DbInstance:
        protected = settings.protected
        subnets = DbSubnetGroup(
            self,
            "Subnets",
            name=settings.name,
            description="The private subnets",
            subnet_ids=network.private_subnet_ids,
        )
        parameters = DbParameterGroup(
            self,
            "Parameters",
            name=f"{settings.name}-postgres{settings.database_version}",
            description="Only connections over TLS",
            family=f"postgres{settings.database_version}",
            parameter=[
                # From PostgreSQL 15 on this is the default, and RDS reports a default with this apply method. With any
                # other one each plan would change it (hashicorp/terraform-provider-aws#39252).
                DbParameterGroupParameter(name="rds.force_ssl", value="1", apply_method="pending-reboot")
            ],
            # A new major version has a new group, which the instance takes before the old one goes.
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        return DbInstance(
            self,
            "Resource",
            identifier=settings.name,
            engine="postgres",
            engine_version=settings.database_version,
            instance_class=settings.database_instance_class,
            multi_az=settings.database_multi_az,
            storage_type="gp3",
            storage_encrypted=True,
            allocated_storage=settings.database_storage_gib,
            max_allocated_storage=settings.database_max_storage_gib
            if settings.database_max_storage_gib > settings.database_storage_gib
            else None,
            db_name=NAME,
            username=NAME,
            password_wo=password,
            password_wo_version=settings.key_versions.database,
            port=PORT,
            db_subnet_group_name=subnets.name,
            parameter_group_name=parameters.name,
            vpc_security_group_ids=[self.security_group.id],
            publicly_accessible=False,
            backup_retention_period=settings.database_backup_retention_days,
            copy_tags_to_snapshot=True,
            auto_minor_version_upgrade=True,
            allow_major_version_upgrade=True,
            # A rotated password waits for no maintenance window: the services get it in the same apply.
            apply_immediately=True,
            enabled_cloudwatch_logs_exports=list(EXPORTED_LOGS),
            deletion_protection=protected,
            delete_automated_backups=not protected,
            skip_final_snapshot=not protected,
            final_snapshot_identifier=f"{settings.name}-final" if protected else None,
            lifecycle=TerraformResourceLifecycle(
                prevent_destroy=protected,
                postcondition=[
                    _no_older_version(settings.database_version),
                    *([_zone_stays(network.zones)] if network.zones else []),
                ],
            ),
        )


def _no_older_version(version: str) -> Postcondition:
    """Return what fails the plan for an older major *version* than the instance has: RDS refuses it in the apply."""
    return Postcondition(
        condition=f'${{tonumber(split(".", self.engine_version_actual)[0]) <= {version}}}',
        error_message="database_version cannot go back: the database has ${self.engine_version_actual}, got"
        f" {version}.",
    )


def _zone_stays(zones: list[str]) -> Postcondition:
    """Return what fails the plan if *zones* leave out that of the instance: RDS lets go of none of its subnets."""
    return Postcondition(
        condition=Fn.contains(zones, TerraformSelf.get_string("availability_zone")),
        error_message="availability_zones cannot leave out ${self.availability_zone}, where the database is.",
    )
