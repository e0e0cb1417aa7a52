"""The metadata database of Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import Fn, Postcondition, TerraformResourceLifecycle, TerraformSelf
from cdktf_cdktf_provider_aws.db_instance import DbInstance
from cdktf_cdktf_provider_aws.db_parameter_group import DbParameterGroup, DbParameterGroupParameter
from cdktf_cdktf_provider_aws.db_subnet_group import DbSubnetGroup
from constructs import Construct

from constructs_lib.engine.order import Ready
from constructs_lib.network.security_group import SecurityGroup
from constructs_lib.settings.existing import POSTGRESQL_PORT
from constructs_lib.shared.worker import worker_role
from constructs_lib.storage.secret import Secret
from constructs_lib.storage.service_logs import ServiceLogs
from constructs_lib.storage.user_secrets import UserSecrets

if TYPE_CHECKING:
    from constructs_lib.iam.account import Account
    from constructs_lib.network.network import Network
    from constructs_lib.network.security_group import Connectable
    from constructs_lib.settings.existing import ExistingDatabase

NAME = "airflow"
OWNER_SECRET, WORKER_SECRET = "database", "database-worker"
SECRETS = {
    OWNER_SECRET: "The owner of Airflow's metadata database",
    WORKER_SECRET: "The workers' role in Airflow's metadata database",
}
"""The secrets by their name after the stage's prefix."""
KEYS = ("username", "password")
"""What a secret of the database holds."""
EXPORTED_LOGS = ("postgresql", "upgrade")


class Database(Construct):
    """
    Define the PostgreSQL instance that holds Airflow's metadata, or use an existing one.

    The passwords are in Secrets Manager and never in the Terraform state. A peer needs `allow_from()`, and in its
    container the references of the owner, or those of the workers' role, which the migration creates. A higher
    *password_version* or *worker_password_version* creates a new password. With *existing* the arguments that describe
    an instance are ignored.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        account: Account,
        network: Network,
        name: str,
        existing: ExistingDatabase | None = None,
        engine_version: str = "17",
        instance_class: str = "db.t4g.small",
        multi_az: bool = False,
        storage_gib: int = 20,
        max_storage_gib: int = 200,
        backup_retention_days: int = 30,
        log_retention_days: int = 30,
        password_version: int = 1,
        worker_password_version: int = 1,
        protected: bool = True,
    ) -> None:
        super().__init__(scope, id_)

        self._account, self._network, self._prefix, self._protected = account, network, name, protected
        username = worker_role(name, worker_password_version)
        worker = self._secret("WorkerPassword", WORKER_SECRET, version=worker_password_version, username=username)
        group_id = existing.security_group_id if existing else None
        self.security_group = SecurityGroup(
            self, "SecurityGroup", network=network, owner="Database", existing_id=group_id
        )
        self.ready = Ready(worker.ready, self.security_group.ready)
        """What must exist before a process connects."""
        self.references = {f"database_worker_{key}": worker.reference(key) for key in KEYS}
        self.identifier = None if existing else name
        """The name of the instance in RDS; None: the stack did not create it."""
        if existing:
            self._use(existing)
            return

        owner = self._secret("Password", OWNER_SECRET, version=password_version, username=NAME)
        self._define_instance(
            owner,
            engine_version=engine_version,
            instance_class=instance_class,
            multi_az=multi_az,
            storage_gib=storage_gib,
            max_storage_gib=max_storage_gib,
            backup_retention_days=backup_retention_days,
            password_version=password_version,
        )
        self._limit_logs(log_retention_days)

    def _secret(self, id_: str, secret: str, *, version: int, username: str) -> Secret:
        return Secret(
            self,
            id_,
            name=f"{self._prefix}/{secret}",
            description=SECRETS[secret],
            version=version,
            protected=self._protected,
            username=username,
        )

    def _use(self, existing: ExistingDatabase) -> None:
        """Take host and secrets of an existing database."""
        self.host, self.port, self.name, self.arn = existing.host, existing.port, existing.name, ""
        secrets = UserSecrets(self, "Secrets", account=self._account, owner="database", secrets=existing.secrets)
        self.references |= {f"database_{key}": reference for key, reference in secrets.references.items()}

    def _define_instance(
        self,
        owner: Secret,
        *,
        engine_version: str,
        instance_class: str,
        multi_az: bool,
        storage_gib: int,
        max_storage_gib: int,
        backup_retention_days: int,
        password_version: int,
    ) -> None:
        instance = DbInstance(
            self,
            "Resource",
            identifier=self._prefix,
            engine="postgres",
            engine_version=engine_version,
            instance_class=instance_class,
            multi_az=multi_az,
            storage_type="gp3",
            storage_encrypted=True,
            allocated_storage=storage_gib,
            max_allocated_storage=max_storage_gib if max_storage_gib > storage_gib else None,
            db_name=NAME,
            username=NAME,
            password_wo=owner.read_back("password"),
            password_wo_version=password_version,
            port=POSTGRESQL_PORT,
            db_subnet_group_name=_subnets(self, self._network, self._prefix),
            parameter_group_name=_parameters(self, self._prefix, engine_version),
            vpc_security_group_ids=[self.security_group.id],
            publicly_accessible=False,
            backup_retention_period=backup_retention_days,
            copy_tags_to_snapshot=True,
            auto_minor_version_upgrade=True,
            allow_major_version_upgrade=True,
            # A rotated password waits for no maintenance window: the services get it in the same apply.
            apply_immediately=True,
            enabled_cloudwatch_logs_exports=list(EXPORTED_LOGS),
            deletion_protection=self._protected,
            delete_automated_backups=not self._protected,
            skip_final_snapshot=not self._protected,
            final_snapshot_identifier=f"{self._prefix}-final" if self._protected else None,
            lifecycle=self._lifecycle(engine_version),
        )
        self.host, self.port, self.name, self.arn = instance.address, POSTGRESQL_PORT, NAME, instance.arn
        self.references |= {f"database_{key}": owner.reference(key) for key in KEYS}
        self.ready.add(owner.ready, instance)

    def _lifecycle(self, engine_version: str) -> TerraformResourceLifecycle:
        zones = self._network.zones
        return TerraformResourceLifecycle(
            prevent_destroy=self._protected,
            postcondition=[_no_older_version(engine_version), *([_zone_stays(zones)] if zones else [])],
        )

    def _limit_logs(self, retention_days: int) -> None:
        """Set the retention of the logs that RDS exports."""
        ServiceLogs(
            self,
            "ServiceLogs",
            account=self._account,
            name_prefix=self._prefix,
            owner="database",
            log_groups=[f"/aws/rds/instance/{self._prefix}/{log}" for log in EXPORTED_LOGS],
            retention_days=retention_days,
        )

    def allow_from(self, *peers: Connectable) -> None:
        """Let *peers* connect."""
        for peer in peers:
            self.security_group.allow_from(peer, self.port)


def _subnets(scope: Construct, network: Network, name: str) -> str:
    """Define the subnet group of the instance and return its name."""
    return DbSubnetGroup(
        scope, "Subnets", name=name, description="The private subnets", subnet_ids=network.private_subnet_ids
    ).name


def _parameters(scope: Construct, name: str, version: str) -> str:
    """Define the parameter group of the instance and return its name."""
    return DbParameterGroup(
        scope,
        "Parameters",
        name=f"{name}-postgres{version}",
        description="Only connections over TLS",
        family=f"postgres{version}",
        parameter=[
            # This is the default since PostgreSQL 15, and RDS reports a default with this apply method. With another
            # one each plan would change it (hashicorp/terraform-provider-aws#39252).
            DbParameterGroupParameter(name="rds.force_ssl", value="1", apply_method="pending-reboot")
        ],
        # A new major version has a new group, which the instance takes before the old one goes.
        lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
    ).name


def _no_older_version(version: str) -> Postcondition:
    """Return the condition that fails the plan for a major *version* below the instance's, which RDS refuses."""
    return Postcondition(
        condition=f'${{tonumber(split(".", self.engine_version_actual)[0]) <= {version}}}',
        error_message="database_version cannot go back: the database has ${self.engine_version_actual}, got"
        f" {version}.",
    )


def _zone_stays(zones: list[str]) -> Postcondition:
    """Return the condition that fails the plan if *zones* lack the instance's: RDS gives up none of its subnets."""
    return Postcondition(
        condition=Fn.contains(zones, TerraformSelf.get_string("availability_zone")),
        error_message="availability_zones cannot leave out ${self.availability_zone}, where the database is.",
    )
