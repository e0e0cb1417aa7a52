"""Where Airflow keeps its metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import Fn, Postcondition, TerraformResourceLifecycle, TerraformSelf
from cdktf_cdktf_provider_aws.db_instance import DbInstance
from cdktf_cdktf_provider_aws.db_parameter_group import DbParameterGroup, DbParameterGroupParameter
from cdktf_cdktf_provider_aws.db_subnet_group import DbSubnetGroup
from constructs import Construct, DependencyGroup

from constructs_lib.network.security_group import SecurityGroup
from constructs_lib.shared.worker import worker_role
from constructs_lib.storage.secret import Secret
from constructs_lib.storage.service_logs import ServiceLogs
from constructs_lib.storage.user_secrets import UserSecrets

if TYPE_CHECKING:
    from constructs_lib.iam.account import Account
    from constructs_lib.network.network import Network
    from constructs_lib.network.security_group import Connectable
    from constructs_lib.settings.existing import ExistingDatabase

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
    references in its container: those of the owner, or those of the workers' role, which the migration makes. A higher
    *password_version* or *worker_password_version* makes a new password. With *existing* the arguments that describe an
    instance are ignored.
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

        worker = Secret(
            self,
            "WorkerPassword",
            name=f"{name}/{WORKER_SECRET}",
            description="The workers' role in Airflow's metadata database",
            version=worker_password_version,
            protected=protected,
            username=worker_role(name, worker_password_version),
        )
        self.security_group = SecurityGroup(
            self,
            "SecurityGroup",
            network=network,
            owner="Database",
            existing_id=existing.security_group_id if existing else None,
        )
        self.ready = DependencyGroup(worker.ready, self.security_group.ready)
        """What must exist before a process connects."""
        self.references = {f"database_worker_{key}": worker.reference(key) for key in KEYS}
        self.identifier: str | None = None
        """The name of the instance in RDS; None: the stack has not made it."""
        self.arn = ""
        if existing:
            self.host, self.port, self.name = existing.host, existing.port, existing.name
            secrets = UserSecrets(self, "Secrets", account=account, owner="database", secrets=existing.secrets)
            self.references |= {f"database_{key}": reference for key, reference in secrets.references.items()}
            return

        secret = Secret(
            self,
            "Password",
            name=f"{name}/{OWNER_SECRET}",
            description="The owner of Airflow's metadata database",
            version=password_version,
            protected=protected,
            username=NAME,
        )
        instance = DbInstance(
            self,
            "Resource",
            identifier=name,
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
            password_wo=secret.read_back("password"),
            password_wo_version=password_version,
            port=PORT,
            db_subnet_group_name=_subnets(self, network, name),
            parameter_group_name=_parameters(self, name, engine_version),
            vpc_security_group_ids=[self.security_group.id],
            publicly_accessible=False,
            backup_retention_period=backup_retention_days,
            copy_tags_to_snapshot=True,
            auto_minor_version_upgrade=True,
            allow_major_version_upgrade=True,
            # A rotated password waits for no maintenance window: the services get it in the same apply.
            apply_immediately=True,
            enabled_cloudwatch_logs_exports=list(EXPORTED_LOGS),
            deletion_protection=protected,
            delete_automated_backups=not protected,
            skip_final_snapshot=not protected,
            final_snapshot_identifier=f"{name}-final" if protected else None,
            lifecycle=TerraformResourceLifecycle(
                prevent_destroy=protected,
                postcondition=[
                    _no_older_version(engine_version),
                    *([_zone_stays(network.zones)] if network.zones else []),
                ],
            ),
        )
        ServiceLogs(
            self,
            "ServiceLogs",
            account=account,
            name_prefix=name,
            owner="database",
            log_groups=[f"/aws/rds/instance/{name}/{log}" for log in EXPORTED_LOGS],
            retention_days=log_retention_days,
        )

        self.host, self.port, self.name = instance.address, PORT, NAME
        self.identifier, self.arn = name, instance.arn
        self.references |= {f"database_{key}": secret.reference(key) for key in KEYS}
        self.ready.add(secret.ready, instance)

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
            # From PostgreSQL 15 on this is the default, and RDS reports a default with this apply method. With any
            # other one each plan would change it (hashicorp/terraform-provider-aws#39252).
            DbParameterGroupParameter(name="rds.force_ssl", value="1", apply_method="pending-reboot")
        ],
        # A new major version has a new group, which the instance takes before the old one goes.
        lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
    ).name


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
