"""The settings of a stage: one frozen model, validated before anything is composed."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, ModelWrapValidatorHandler, ValidationError, model_validator

from constructs_lib.settings.airflow_config import AirflowOptions
from constructs_lib.settings.capacity import Ec2Capacity, TaskSize
from constructs_lib.settings.dag_bundles import Dags
from constructs_lib.settings.existing import ExistingDatabase, ExistingNetwork
from constructs_lib.settings.github_roles import GitHubRoles
from constructs_lib.settings.pause_schedule import PauseSchedule
from constructs_lib.settings.process_settings import ProcessSettings
from constructs_lib.settings.rules import check_rules
from constructs_lib.settings.secret import KeyVersions, WholeSecretName
from constructs_lib.settings.tags import IgnoreTags
from constructs_lib.settings.values import (
    AccountId,
    AwsProviderVersion,
    BucketName,
    CertificateArn,
    Cidr,
    DomainName,
    EndpointService,
    HostedZoneId,
    ImageRegistry,
    ImageUri,
    InstanceClass,
    KmsKeyArn,
    Listed,
    PolicyArn,
    Region,
    Registry,
    RetentionDays,
    RoleArn,
    RolePath,
    Stage,
    StateKeyPrefix,
    Tags,
    TaskName,
    VpcCidr,
)
from constructs_lib.settings.variable_names import SecretVariables, Variables
from constructs_lib.settings.worker_pool import PoolName, WorkerPool
from constructs_lib.shared.bad_input import refusal, shown
from constructs_lib.shared.capacity import CPU_ON_EC2, Capacity
from constructs_lib.shared.containers import DEFAULT_QUEUE
from constructs_lib.shared.user_model import UserModel

ProcessName = Literal["api-server", "scheduler", "dag-processor", "triggerer", "worker"]


def _pools_of_the_topology(values: dict[str, Any]) -> dict[str, WorkerPool]:
    return {DEFAULT_QUEUE: WorkerPool()} if values.get("topology") == "split" else {}


class Settings(UserModel):
    """
    The settings of a stage. The defaults are those of a small development environment.

    Raises:
        BadInputError: a value is wrong. The sentence names the stage, the key, the value and what is allowed.

    """

    stage: Stage
    """Name of the stage. The stack is `airflow-<stage>`, and all names on AWS start with that."""
    region: Region = "us-east-1"
    protected: bool = False
    """Whether AWS and Terraform refuse to delete resources that contain data."""

    # The account, and how Terraform works in it.
    state_bucket: BucketName | None = None
    """The S3 bucket of the Terraform state. `TF_STATE_BUCKET` in the environment overrides it."""
    state_region: Region | None = None
    """Region of the state's bucket; `None`: that of the stage. Stages that share a bucket need the same value."""
    state_key_prefix: StateKeyPrefix = ""
    """Prefix of the state's key in the bucket, before `airflow-<stage>/terraform.tfstate`."""
    state_kms_key_arn: KmsKeyArn | None = None
    """
    The KMS key that encrypts the state, and the default key of the bucket that `airflow-fargate bootstrap` creates;
    `None`: S3's key.
    """
    state_role_arn: RoleArn | None = None
    """The role that Terraform assumes only for the state's bucket; `None`: `assume_role_arn`."""
    allowed_account_ids: Annotated[tuple[AccountId, ...], Listed] = ()
    """The accounts that Terraform may change; empty: any account for which there are credentials."""
    assume_role_arn: RoleArn | None = None
    aws_provider_version: AwsProviderVersion = "6.69.1"
    """Version of Terraform's AWS provider. The default is the newest one that was tested."""
    permissions_boundary_arn: PolicyArn | None = None
    """Permissions boundary of all roles of the stack."""
    role_path: RolePath = "/"
    tags: Tags = {}
    """Tags of all resources, in addition to `Stack` and `ManagedBy`."""
    ignore_tags: IgnoreTags = IgnoreTags()
    github_roles: GitHubRoles | None = None
    """Roles for workflows of GitHub Actions, which `airflow-fargate bootstrap` creates; `None`: none."""

    # Where everything lives.
    vpc_cidr: VpcCidr = "10.0.0.0/16"
    """Address range of the VPC, from /16 to /23."""
    availability_zones: Literal[2, 3] = 2
    nat: Literal["per_az", "single", "none"] = "single"
    """
    NAT gateways: one in each zone, one, or `none`: no route to the internet, and VPC endpoints for the services that
    the stack uses.
    """
    additional_endpoints: Annotated[tuple[EndpointService, ...], Listed] = ()
    """
    With `nat = "none"`: further AWS services that DAGs and tasks call, as VPC endpoints name them, such as `kms`. Write
    the whole name, such as `com.amazonaws.eu-central-1.kms`, of a service that this version does not know.
    """
    endpoint_accounts: Annotated[tuple[AccountId, ...], Listed] = ()
    """
    With `nat = "none"`: further accounts whose roles and resources the VPC endpoints allow. Resources in other accounts
    that a permission, a secret or an image names are allowed without it.
    """
    existing_network: ExistingNetwork | None = None
    ec2_capacity: Ec2Capacity | None = None
    """EC2 instances for tasks with the capacity `EC2`; `None`: the stage has only Fargate."""
    container_insights: Literal["enabled", "enhanced", "disabled"] = "enabled"
    log_retention_days: RetentionDays = 30
    """Days for which log groups and the bucket of task logs keep logs."""

    # The metadata database.
    database_version: Literal["14", "15", "16", "17"] = "17"
    """Major version of PostgreSQL. Airflow 3 is tested with these."""
    database_instance_class: InstanceClass = "db.t4g.small"
    """Size of the database instance."""
    database_multi_az: bool = False
    database_storage_gib: int = Field(default=20, ge=20, le=65536)
    """Initial storage of the database."""
    database_max_storage_gib: int = Field(default=200, ge=20, le=65536)
    """
    Maximum to which RDS increases the storage: 10 % above `database_storage_gib`, or more. If both are equal, the
    storage does not grow.
    """
    database_backup_retention_days: int = Field(default=30, ge=0, le=35)
    """Days for which RDS keeps its daily backups; 0: no backups."""
    existing_database: ExistingDatabase | None = None

    # Airflow itself.
    topology: Literal["compact", "split"] = "compact"
    """`compact`: one service whose task runs all processes; `split`: a service for each process."""
    architecture: Literal["X86_64", "ARM64"] = "X86_64"
    platform_version: Literal["1.4.0", "LATEST"] = "1.4.0"
    """Fargate's platform version; older ones cannot mount EFS."""
    compact_size: TaskSize = TaskSize(cpu=1024, memory_mib=4096)
    compact_capacity: Capacity = "FARGATE"
    compact_accept_interruption: bool = False
    """Must be `True` to run the compact task on Spot, because that stops the api-server and the scheduler too."""
    compact_worker_slots: int = Field(default=4, ge=1, le=80)
    """Slots of the worker inside the compact task, which serves the queue `default`."""
    worker_pools: dict[PoolName, WorkerPool] = Field(default_factory=_pools_of_the_topology)
    """
    The workers of each queue, by the queue's name. `split` needs a pool `default`. In `compact`, a pool `default`
    replaces the worker inside the compact task.
    """
    processes: dict[ProcessName, ProcessSettings] = {}
    dags: Dags = "image"
    """Where the DAGs are: in the Airflow image, or in bundles, which change without a deployment or a restart."""
    airflow_config: AirflowOptions = {}
    """Airflow options by section and key, in addition to the stack's own."""
    environment: Variables = {}
    """Variables of all of Airflow's containers, such as a proxy. Options of Airflow belong in `airflow_config`."""
    secrets: SecretVariables = {}
    """
    Variables of all of Airflow's containers whose values are secrets. A value is the path of an SSM parameter, the name
    of a secret in Secrets Manager, or an ARN. A key of the secret's JSON can follow, as in `prod/db:password`.
    """
    max_task_cpu: Annotated[int, Field(ge=256, le=CPU_ON_EC2[-1])] | None = None
    """
    Maximum CPU units of an on-demand task, also if a DAG sets its size. `None`: 16384, Fargate's maximum, or the size
    of the largest task in `tasks/` if that is higher.
    """
    max_task_memory_mib: Annotated[int, Field(ge=512, le=33_554_432)] | None = None
    """
    Maximum memory of an on-demand task. `None`: 122880, Fargate's maximum, or the largest task's if that is higher.
    """
    queue_administrator_arns: Annotated[tuple[RoleArn, ...], Listed] = ()
    """
    Further roles that may send, receive and purge messages of the stage's queues, if their own policies allow it too.
    Whoever can send a message can run code on a worker.
    """
    execute_command: bool = False
    """Whether ECS Exec may open a shell in a container."""
    key_versions: KeyVersions = KeyVersions()
    pause_schedule: PauseSchedule | None = None

    # Images that a team's CI has built already; by default `deploy` builds and pushes them.
    image_registry: ImageRegistry | None = None
    """
    Registry with the images of the project, such as `123456789012.dkr.ecr.eu-central-1.amazonaws.com/team`. A pipeline
    builds and pushes them with `airflow-fargate images push`. `None`: a deployment does, to repositories of the stage.
    """
    airflow_image: ImageUri | None = None
    """Image of Airflow that your CI has built; `None`: a deployment builds and pushes it."""
    task_images: dict[TaskName, ImageUri] = {}
    """Images that your CI has built, by folder of `tasks/`."""
    registry_credentials: dict[Registry, WholeSecretName] = {}
    """
    Logins of private registries, by host. A value is the name or the ARN of a secret in Secrets Manager: JSON with the
    keys `username` and `password`. ECR needs none.
    """

    # What people see.
    allowed_cidrs: Annotated[tuple[Cidr, ...], Listed] = ()
    """Networks that may reach the UI and the API; empty: none. AWS's default quota is 60 rules."""
    internal: bool = False
    """Whether the load balancer has only private addresses."""
    listener_protocol: Literal["TCP", "TLS"] = "TCP"
    certificate_arn: CertificateArn | None = None
    """Certificate of the TLS listener; `None`: ACM makes one for `domain_name`."""
    domain_name: DomainName | None = None
    """Host name of the UI, instead of the load balancer's own."""
    hosted_zone_id: HostedZoneId | None = None
    """
    The Route 53 zone for the record of `domain_name` and, without `certificate_arn`, for validating its certificate.
    """

    # Above the wrap validator, which reports only errors of validators above it.
    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        check_rules(self)
        return self

    @model_validator(mode="wrap")
    @classmethod
    def _say_where(cls, values: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(values)
        except ValidationError as error:
            stage = values.get("stage") if isinstance(values, dict) else None
            raise refusal(error, cls, f"stages.py, stage {shown(stage)}") from None

    @property
    def name(self) -> str:
        """The stack's name. All names on AWS start with it, so that an account can have several stages."""
        return f"airflow-{self.stage}"

    @property
    def state_bucket_region(self) -> str:
        """The region of the bucket that holds the Terraform state."""
        return self.state_region or self.region

    @property
    def state_key(self) -> str:
        """The key of the Terraform state in its bucket."""
        return f"{self.state_key_prefix}{self.name}/terraform.tfstate"

    @property
    def endpoint_services(self) -> tuple[str, ...]:
        """The services of `additional_endpoints`, without what precedes them in their whole names."""
        return tuple(each.rpartition(f".amazonaws.{self.region}.")[2] for each in self.additional_endpoints)

    @property
    def has_compact_worker(self) -> bool:
        """Whether a worker runs inside the compact task."""
        return self.topology == "compact" and DEFAULT_QUEUE not in self.worker_pools

    @property
    def queues(self) -> tuple[str, ...]:
        """The queues that a DAG may use, by Airflow's names."""
        return tuple(sorted({DEFAULT_QUEUE, *self.worker_pools}))

    @property
    def max_slots(self) -> dict[str, int]:
        """The slots of all workers of each queue when its pool has its maximum."""
        own = {DEFAULT_QUEUE: self.compact_worker_slots} if self.has_compact_worker else {}
        return own | {name: pool.slots * pool.max for name, pool in self.worker_pools.items()}

    @property
    def architectures(self) -> tuple[str, ...]:
        """The processors that Airflow runs on; the stage's comes first."""
        return tuple(
            dict.fromkeys(
                [self.architecture, *(each.architecture or self.architecture for each in self.worker_pools.values())]
            )
        )

    @property
    def parts_with_variables(self) -> tuple[ProcessSettings | WorkerPool | Self, ...]:
        """The stage and those of its parts that have `environment` and `secrets` of their own."""
        return (self, *self.processes.values(), *self.worker_pools.values())

    @property
    def ec2_architecture(self) -> Literal["ARM64", "X86_64"] | None:
        """The processor of the stage's EC2 instances, or None if it has none."""
        return self.ec2_capacity.architecture if self.ec2_capacity else None

    def process(self, name: str) -> ProcessSettings:
        """Return the settings of the process *name*."""
        return next((found for process, found in self.processes.items() if process == name), ProcessSettings())
