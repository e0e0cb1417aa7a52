"""
The changes that a live stage goes through, one after the other: a new setting needs a `Change` in one of `WALKS`.

`tests/test_changes.py` finds the fields of settings that nothing here changes. `WRITE_CHANGES=1` writes what the tests
of the walks measure into docs/changes.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from typing_extensions import override

from constructs_lib.settings.capacity import Ec2Capacity, TaskSize
from constructs_lib.settings.dag_bundles import DagsInGit, DagsInS3
from constructs_lib.settings.existing import ExistingDatabase
from constructs_lib.settings.github_roles import GitHubRoles
from constructs_lib.settings.pause_schedule import PauseSchedule
from constructs_lib.settings.permission import Permission
from constructs_lib.settings.process_settings import ProcessSettings
from constructs_lib.settings.secret import KeyVersions
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.tags import IgnoreTags
from constructs_lib.settings.worker_pool import WorkerPool
from constructs_lib.shared.capacity import FargateStrategy
from tests.variants import DATABASE, NETWORK, TASK_IMAGE

UNSET = object()
"""Instead of a value: the setting gets its default."""
Settled = tuple[Settings, Mapping[str, str]]
"""The settings of a stage and its additional tasks: what `task.toml` says, by name."""


@dataclass(frozen=True)
class Change:
    """
    A change of *settings* and *tasks*; the next change of its walk starts from them unless it is *refused*.

    *what* says it in words, where the values do not; *refused* is in the sentence that the plan fails with; *init*:
    Terraform asks for `terraform init`; *note* is what the stand-in for AWS cannot show, and *in_aws* what AWS does
    afterwards: attributes by the type of the resource.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    tasks: Mapping[str, str | None] = field(default_factory=dict)
    what: str = ""
    refused: str = ""
    init: bool = False
    note: str = ""
    in_aws: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """A change with what the stage is before it and after it."""

    walk: str
    before: Settled
    after: Settled
    change: Change

    @override
    def __str__(self) -> str:
        """Return the id of the step's test, different from others."""
        return f"{self.walk}: {self.title}"

    @property
    def title(self) -> str:
        """The change in a few words."""
        return self.change.what or ", ".join(
            f"`{name}`: `{_short(getattr(self.before[0], name))}` → `{_short(getattr(self.after[0], name))}`"
            for name in self.change.settings
        )


def _short(value: object) -> str:
    if isinstance(value, BaseModel):
        values = ", ".join(f"{name}={getattr(value, name)!r}" for name in sorted(value.model_fields_set))
        return f"{type(value).__name__}({values})"
    return repr(value)


NIGHTS = PauseSchedule(pause="cron(0 20 ? * MON-FRI *)", resume="cron(0 7 ? * MON-FRI *)")
READ = Permission(actions=("s3:GetObject",), resources=("arn:aws:s3:::my-bucket/*",))
READ_MORE = Permission(actions=("s3:GetObject", "s3:ListBucket"), resources=("arn:aws:s3:::other-bucket/*",))
ROLE = "arn:aws:iam::123456789012:role/deploy"
KEY = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b"
OFFICES = ("203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24")
FAMILY = {"default": WorkerPool(), "spot": WorkerPool(capacity="FARGATE_SPOT"), "arm": WorkerPool(architecture="ARM64")}
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/airflow"
IMAGES = {"airflow_image": f"{IMAGE}:1", "task_images": {"multi_task": TASK_IMAGE, "number_task": TASK_IMAGE}}
LARGE = """
cpu = 1024
memory_mib = 3072
ephemeral_storage_gib = 50
architecture = "ARM64"
capacity = "FARGATE_SPOT"
shared_volume = false
command = ["python", "report.py"]
stop_timeout_sec = 120
log_mode = "non-blocking"
log_max_buffer_mib = 20
additional_folders = ["dags"]

[environment]
LEVEL = "info"

[secrets]
TOKEN = "prod/vendor/token"
LICENCE = "/prod/vendor/licence"

[[permissions]]
actions = ["s3:GetObject"]
resources = ["arn:aws:s3:::my-bucket/*"]
"""
OTHER = """
cpu = 512
memory_mib = 1024
shared_volume = "/data"
stop_timeout_sec = 60
log_mode = "non-blocking"
log_max_buffer_mib = 25

[capacity]
spot_percent = 50

[environment]
LEVEL = "debug"

[secrets]
TOKEN = "prod/vendor/token:key"

[[permissions]]
actions = ["s3:PutObject"]
resources = ["arn:aws:s3:::other-bucket/*"]
"""
NOT_PUSHED = "Push the DAGs to the new place after it."
REDUCED = "RDS keeps the storage that it has."

WALKS: Mapping[str, tuple[dict[str, Any], tuple[Change, ...]]] = {
    # What people see, and the account.
    "access": (
        {"stage": "access", **IMAGES},
        (
            Change({"allowed_cidrs": OFFICES}, what="`allowed_cidrs`: three networks added"),
            Change(
                {"allowed_cidrs": OFFICES[:0:-1]},
                what="`allowed_cidrs`: the first removed, the others in another order",
            ),
            Change(
                {
                    "tags": {"Team": "data", "Cost": "1"},
                    "ignore_tags": IgnoreTags(keys=("Policy",), key_prefixes=("org:",)),
                }
            ),
            Change({"tags": {"Team": "data"}, "ignore_tags": UNSET}),
            Change({"log_retention_days": 90, "container_insights": "enhanced"}),
            Change({"log_retention_days": 7, "container_insights": "disabled"}),
            Change({"permissions_boundary_arn": BOUNDARY}),
            Change({"permissions_boundary_arn": UNSET}),
            Change({"role_path": "/teams/data/"}),
            Change({"role_path": UNSET}),
            Change({"internal": True}),
            Change({"internal": False}),
            Change({"listener_protocol": "TLS", "domain_name": "airflow.example.com", "hosted_zone_id": "Z0123456789"}),
            Change({"domain_name": "flow.example.com"}),
            Change({"hosted_zone_id": "Z9876543210"}),
            Change({"certificate_arn": CERTIFICATE}),
            Change({"certificate_arn": UNSET}),
            Change(dict.fromkeys(("listener_protocol", "domain_name", "hosted_zone_id"), UNSET)),
            Change({"protected": True}),
            Change({"internal": True}, what="`internal`, while `protected`", refused="prevent_destroy"),
            Change({"protected": False}),
            Change({"aws_provider_version": "6.25.0"}, init=True),
            Change({"aws_provider_version": UNSET}, init=True),
            Change({"allowed_account_ids": ("123456789012",)}, init=True),
            Change({"assume_role_arn": ROLE}, init=True),
            Change(
                {"state_role_arn": ROLE, "state_kms_key_arn": KEY},
                what="`state_role_arn`, `state_kms_key_arn`: set",
                init=True,
            ),
            Change(
                {"region": "eu-central-1", "state_kms_key_arn": UNSET}, what="`region`", refused="region", init=True
            ),
        ),
    ),
    # Where everything lives, and the database.
    "network": (
        {
            "stage": "network",
            **IMAGES,
            "database_version": "16",
            "github_roles": GitHubRoles(repository="team/airflow"),
        },
        (
            Change(
                {
                    "github_roles": GitHubRoles(
                        repository="team@1/flow@2",
                        branch="trunk",
                        environment="live",
                        create_oidc_provider=False,
                        permissions_boundary_arn=BOUNDARY,
                    )
                },
                what="`github_roles`: each value changed",
                note="`make bootstrap` changes the roles.",
            ),
            Change({"vpc_cidr": "10.1.0.0/16"}, refused="vpc_cidr"),
            Change(
                {"existing_network": NETWORK},
                what="`existing_network`: an existing network instead of the stage's own",
                refused="existing_network",
            ),
            Change({"availability_zones": 3}),
            Change({"nat": "per_az"}),
            Change({"nat": "none"}),
            Change({"additional_endpoints": ("kms", "athena", "glue")}),
            Change({"additional_endpoints": ("glue", "athena")}),
            Change({"endpoint_accounts": ("210987654321",)}),
            Change({"endpoint_accounts": UNSET}),
            Change({"nat": "single", "additional_endpoints": UNSET}),
            Change({"nat": "none"}),
            Change({"nat": "per_az"}),
            Change({"availability_zones": 2}),
            Change({"nat": "single"}),
            Change({"database_version": "17"}, in_aws={"aws_db_instance": {"engine_version_actual": "17.6"}}),
            Change({"database_version": "16"}, refused="database_version"),
            Change(
                {"availability_zones": 3},
                what="`availability_zones`: `2` → `3`, with another `database_version`",
                in_aws={"aws_db_instance": {"availability_zone": "us-east-1c"}},
            ),
            Change(
                {"availability_zones": 2},
                what="`availability_zones`: 3 → 2, with the database in the third",
                refused="availability_zones",
            ),
            Change({"database_instance_class": "db.m7g.large", "database_multi_az": True}),
            Change({"database_instance_class": UNSET, "database_multi_az": False}),
            Change({"database_storage_gib": 40, "database_max_storage_gib": 400}),
            Change({"database_storage_gib": 20, "database_max_storage_gib": 200}, note=REDUCED),
            Change({"database_backup_retention_days": 7}),
            Change({"database_backup_retention_days": 0}),
            Change(
                {
                    "existing_database": DATABASE,
                    "database_version": UNSET,
                    "database_instance_class": UNSET,
                    "database_multi_az": UNSET,
                    "database_storage_gib": UNSET,
                    "database_max_storage_gib": UNSET,
                    "database_backup_retention_days": UNSET,
                },
                what="`existing_database`: an existing database instead of the stage's own",
                refused="existing_database",
            ),
            Change(
                {"key_versions": KeyVersions(fernet=2, jwt=2, api=2, database=2, database_worker=2, admin=2)},
                what="`key_versions`: each raised",
            ),
            Change({"key_versions": UNSET}, what="`key_versions`: each lowered"),
        ),
    ),
    # Airflow in one task.
    "compact": (
        {"stage": "compact", **IMAGES},
        (
            Change({"airflow_image": f"{IMAGE}:2"}, what="`airflow_image`: another tag"),
            Change(
                {"task_images": UNSET, "airflow_image": UNSET},
                what="`airflow_image`, `task_images`: images that a deployment builds",
            ),
            Change(
                {"image_registry": IMAGE.removesuffix("/airflow")},
                what="`image_registry`: images that a pipeline pushes",
            ),
            Change({"image_registry": UNSET}, what="`image_registry`: images that a deployment builds again"),
            Change(
                {**IMAGES, "registry_credentials": {"registry.example.com": "team/registry"}},
                what="`airflow_image`, `task_images`: images of a registry with registry_credentials",
            ),
            Change({"registry_credentials": {"registry.example.com": "team/other"}}),
            Change({"registry_credentials": UNSET}),
            Change({"compact_size": TaskSize(cpu=2048, memory_mib=8192), "compact_worker_slots": 8}),
            Change({"architecture": "ARM64", "platform_version": "LATEST", "execute_command": True}),
            Change({"architecture": UNSET, "platform_version": UNSET, "execute_command": UNSET}),
            Change(
                {
                    "max_task_cpu": 2048,
                    "max_task_memory_mib": 8192,
                    "queue_administrator_arns": ("arn:aws:iam::123456789012:role/admin",),
                }
            ),
            Change({"compact_capacity": "FARGATE_SPOT", "compact_accept_interruption": True}),
            Change({"compact_capacity": FargateStrategy(spot_percent=50)}),
            Change({"compact_capacity": FargateStrategy(spot_percent=80, on_demand_base=1)}),
            Change({"compact_capacity": UNSET, "compact_accept_interruption": UNSET}),
            Change({"airflow_config": {"core": {"parallelism": 4}}}),
            Change({"airflow_config": UNSET}),
            Change({"environment": {"LEVEL": "info"}, "secrets": {"TOKEN": "prod/vendor/token"}}),
            Change(
                {"environment": {"LEVEL": "debug"}, "secrets": {"TOKEN": "/prod/vendor/token"}},
                what="`environment`, `secrets`: other values",
            ),
            Change({"pause_schedule": NIGHTS}, what="`pause_schedule`: added"),
            Change(
                {
                    "pause_schedule": PauseSchedule(
                        pause="cron(0 21 ? * MON-FRI *)",
                        resume="cron(0 6 ? * MON-FRI *)",
                        time_zone="Europe/Berlin",
                        drain_min=30,
                    )
                },
                what="`pause_schedule`: each value changed",
            ),
            Change({"pause_schedule": UNSET}, what="`pause_schedule`: removed"),
            Change(
                {"worker_pools": {"heavy": WorkerPool(), "spot": WorkerPool(capacity="FARGATE_SPOT")}},
                what="`worker_pools`: two added",
            ),
            Change(
                {"worker_pools": {"spot": WorkerPool(capacity="FARGATE_SPOT"), "large": WorkerPool()}},
                what="`worker_pools`: one renamed, in another order",
            ),
            Change(
                {"worker_pools": {"default": WorkerPool()}, "compact_worker_slots": UNSET},
                what="`worker_pools`: `default` instead of the worker in the compact task",
            ),
            Change({"worker_pools": UNSET}, what="`worker_pools`: all removed"),
            Change(
                {"ec2_capacity": Ec2Capacity(instance_type="m7i.large", max_instances=2), "compact_capacity": "EC2"}
            ),
            Change(
                {"role_path": "/teams/data/"}, what="`role_path`, while the stage has ec2_capacity", refused="role_path"
            ),
            Change({"ec2_capacity": Ec2Capacity(instance_type="m7i.xlarge", max_instances=4, root_volume_gib=100)}),
            Change({"compact_capacity": UNSET}),
            Change({"ec2_capacity": UNSET}),
            Change({"topology": "split", "compact_size": UNSET}),
            Change({"topology": "compact"}),
            Change({"dags": DagsInS3()}, note=NOT_PUSHED),
            Change(
                {
                    "dags": DagsInS3(
                        bucket="team-dags",
                        prefix="teams/data",
                        refresh_sec=5,
                        kms_key_arn=KEY,
                        keep_versions=5,
                        keep_days=7,
                    )
                },
                what="`dags`: each value of `DagsInS3` changed, an existing bucket instead of the stage's own",
                note=NOT_PUSHED,
            ),
            Change(
                {"dags": {"etl": DagsInS3(), "web": DagsInGit(url="https://git.example.com/team/dags")}},
                what="`dags`: a bundle in S3 and one in Git instead of one in S3",
                note=NOT_PUSHED,
            ),
            Change(
                {
                    "dags": {
                        "etl": DagsInS3(),
                        "web": DagsInGit(
                            url="https://git.example.com/team/flows",
                            ref="release",
                            folder="airflow",
                            secret="team/git",
                            refresh_sec=60,
                        ),
                    }
                },
                what="`dags`: each value of `DagsInGit` changed",
            ),
            Change(
                {"dags": DagsInGit(url="https://git.example.com/team/dags")},
                what="`dags`: one bundle in Git instead of a bundle in S3 and one in Git",
            ),
            Change(tasks={"probe": ""}, what="a task folder added, with all DAGs in Git"),
            Change(tasks={"probe": None}, what="a task folder removed, with all DAGs in Git"),
            Change({"dags": UNSET}, what="`dags`: in the image instead of bundles"),
        ),
    ),
    # Airflow in a service for each process.
    "split": (
        {"stage": "split", **IMAGES, "topology": "split"},
        (
            Change(
                {
                    "processes": {
                        "api-server": ProcessSettings(max_count=3),
                        "triggerer": ProcessSettings(
                            count=2, environment={"LEVEL": "info"}, secrets={"TOKEN": "prod/vendor/token"}
                        ),
                        "scheduler": ProcessSettings(size=TaskSize(cpu=2048, memory_mib=4096), permissions=(READ,)),
                    }
                },
                what="`processes`: max_count, count, size, permissions",
            ),
            Change(
                {
                    "processes": {
                        "api-server": ProcessSettings(max_count=5, count=2),
                        "triggerer": ProcessSettings(count=2, max_count=3),
                        "scheduler": ProcessSettings(
                            size=TaskSize(cpu=1024, memory_mib=2048),
                            capacity="FARGATE_SPOT",
                            accept_interruption=True,
                            permissions=(READ_MORE, READ),
                        ),
                    }
                },
                what="`processes`: max_count, count, size, capacity, permissions",
            ),
            Change({"processes": UNSET}, what="`processes`: removed"),
            Change(
                {
                    "worker_pools": {
                        **FAMILY,
                        "large": WorkerPool(
                            size=TaskSize(cpu=2048, memory_mib=16384),
                            slots=8,
                            min=1,
                            max=20,
                            permissions=(READ,),
                            scale_in_after_min=10,
                            scale_in_cooldown_sec=300,
                            scale_out_cooldown_sec=60,
                        ),
                    }
                },
                what="`worker_pools`: added",
            ),
            Change(
                {
                    "worker_pools": {
                        "default": WorkerPool(size=TaskSize(cpu=2048, memory_mib=4096), slots=8, min=1, max=20),
                        "large": WorkerPool(
                            permissions=(READ_MORE, READ),
                            environment={"LEVEL": "info"},
                            secrets={"TOKEN": "prod/vendor/token"},
                        ),
                        "arm": WorkerPool(),
                        "spot": WorkerPool(
                            scale_in_after_min=10,
                            scale_in_cooldown_sec=300,
                            scale_out_cooldown_sec=60,
                            prewarm=True,
                            prewarm_max=5,
                        ),
                    }
                },
                what="`worker_pools`: each value changed",
            ),
            Change({"worker_pools": UNSET}, what="`worker_pools`: removed"),
        ),
    ),
    # What DAGs start.
    "tasks": (
        {"stage": "tasks", **IMAGES},
        (
            Change(tasks={"probe": ""}, what="a task folder added"),
            Change(tasks={"probe": LARGE}, what="`task.toml`: each value set"),
            Change(tasks={"probe": OTHER}, what="`task.toml`: each value changed"),
            Change(
                {"architecture": "ARM64"},
                tasks={"probe": "", "another": ""},
                what="`task.toml`: each value removed, with another `architecture` of the stage and another task",
            ),
            Change(tasks={"probe": None, "another": None}, what="two task folders removed"),
        ),
    ),
    # What a team already runs.
    "existing": (
        {"stage": "existing", **IMAGES, "existing_network": NETWORK, "existing_database": DATABASE},
        (
            Change(
                {
                    "existing_network": NETWORK.model_copy(
                        update={
                            "private_subnet_ids": ("subnet-0c", "subnet-0a", "subnet-0b"),
                            "public_subnet_ids": ("subnet-1b", "subnet-1a", "subnet-1c"),
                        }
                    )
                },
                what="`existing_network`: the subnets in another order",
            ),
            Change(
                {
                    "existing_network": NETWORK.model_copy(
                        update={
                            "private_subnet_ids": ("subnet-0b", "subnet-0c"),
                            "public_subnet_ids": ("subnet-1b", "subnet-1c"),
                        }
                    )
                },
                what="`existing_network`: the first subnets removed",
            ),
            Change({"existing_network": NETWORK}, what="`existing_network`: subnets added in front"),
            Change(
                {"existing_network": NETWORK.model_copy(update={"vpc_id": "vpc-9a9a9a9a"})},
                what="`existing_network`: another VPC",
                refused="existing_network",
            ),
            Change(
                {"existing_network": UNSET},
                what="`existing_network`: the stage's own network instead of an existing one",
                refused="existing_network",
            ),
            Change(
                {
                    "existing_database": ExistingDatabase(
                        host="db2.example.com",
                        port=5433,
                        name="flow",
                        secret_name="team/db",
                        username_key="user",
                        password_key="pass",
                        security_group_id="sg-9a9a9a9a",
                    )
                },
                what="`existing_database`: each value changed",
            ),
            Change(
                {"existing_database": UNSET},
                what="`existing_database`: the stage's own database instead of an existing one",
                refused="existing_database",
            ),
        ),
    ),
}


NOT_CHANGED: Mapping[str, str] = {
    "stage": "another name is another stage",
    **dict.fromkeys(
        ("state_bucket", "state_region", "state_key_prefix"),
        "another place is another state, so another stage: move the object of the state first",
    ),
}
"""Settings that identify the stage."""


def steps(*walks: str) -> list[Step]:
    """Return the steps of *walks* in their order."""
    return [step for walk in walks for step in _steps(walk)]


def _steps(walk: str) -> Iterator[Step]:
    values, changes = WALKS[walk]
    tasks: dict[str, str] = {}
    for change in changes:
        values_after = {key: value for key, value in {**values, **change.settings}.items() if value is not UNSET}
        tasks_after = {name: text for name, text in {**tasks, **change.tasks}.items() if text is not None}
        yield Step(walk, (Settings(**values), tasks), (Settings(**values_after), tasks_after), change)
        if not change.refused:
            values, tasks = values_after, tasks_after
