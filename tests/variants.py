"""The stages of this environment and other variants; every promise of the whole stack holds for all of them."""

from functools import cache
from pathlib import Path
from typing import Any

from cdktf import Testing

import main
from constructs_lib.airflow_stack import AirflowStack
from constructs_lib.settings.capacity import Ec2Capacity, TaskSize
from constructs_lib.settings.dag_bundles import DagsInGit, DagsInS3
from constructs_lib.settings.existing import ExistingDatabase, ExistingNetwork
from constructs_lib.settings.pause_schedule import PauseSchedule
from constructs_lib.settings.process_settings import ProcessSettings
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.tags import IgnoreTags
from constructs_lib.settings.task_folder import find_task_folders
from constructs_lib.settings.worker_pool import WorkerPool
from constructs_lib.shared.capacity import FargateStrategy
from stages import STAGES
from tests.template import Template

NETWORK = ExistingNetwork(
    vpc_id="vpc-0a1b2c3d",
    private_subnet_ids=("subnet-0a", "subnet-0b", "subnet-0c"),
    public_subnet_ids=("subnet-1a", "subnet-1b", "subnet-1c"),
)
DATABASE = ExistingDatabase(
    host="db.example.com",
    secret_arn="arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/db-a1B2c3",
    security_group_id="sg-0a1b2c3d",
)
IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/airflow:1"
TASK_IMAGE = "registry.example.com/team/numbers@sha256:" + "0" * 64
BUNDLES: dict[str, DagsInS3 | DagsInGit] = {
    "etl": DagsInS3(),
    "reports": DagsInS3(refresh_sec=30, keep_versions=5, keep_days=7),
    "shared": DagsInS3(
        bucket="team-dags",
        prefix="teams/data",
        kms_key_arn="arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
    ),
    "web": DagsInGit(url="https://git.example.com/team/dags.git", folder="airflow", secret="team/git:token"),
}
"""Two teams in the stage's own bucket, one in an existing bucket, and one in Git."""

STAGE_NAMES = [settings.stage for settings in STAGES]
VARIANTS: dict[str, Settings] = {settings.stage: settings for settings in STAGES} | {
    "compact": Settings(stage="dev", execute_command=True),
    "split": Settings(
        stage="prod",
        protected=True,
        topology="split",
        nat="per_az",
        database_multi_az=True,
        database_instance_class="db.t4g.medium",
        log_retention_days=90,
        worker_pools={"default": WorkerPool(min=1, max=10)},
    ),
    "worker_pool": Settings(stage="pool", worker_pools={"default": WorkerPool(min=3, capacity="FARGATE_SPOT")}),
    "worker_pools": Settings(
        stage="pools",
        compact_worker_slots=2,
        worker_pools={
            "spot": WorkerPool(max=20, capacity="FARGATE_SPOT", architecture="ARM64"),
            "high_memory": WorkerPool(size=TaskSize(cpu=2048, memory_mib=16384), slots=1, max=3),
        },
    ),
    "no_nat": Settings(stage="closed", nat="none", additional_endpoints=("kms",), execute_command=True),
    "existing": Settings(
        stage="existing", protected=True, topology="split", existing_network=NETWORK, existing_database=DATABASE
    ),
    "tls": Settings(
        stage="tls",
        topology="split",
        listener_protocol="TLS",
        domain_name="airflow.example.com",
        hosted_zone_id="Z0123456789",
        allowed_cidrs=("203.0.113.0/24", "198.51.100.0/24"),
    ),
    "longest": Settings(
        stage="a" * 13,
        region="ap-southeast-1",
        protected=True,
        topology="split",
        availability_zones=3,
        nat="per_az",
        role_path="/teams/data/",
        permissions_boundary_arn="arn:aws:iam::123456789012:policy/boundary",
    ),
    "spot": Settings(
        stage="spot",
        topology="split",
        architecture="ARM64",
        worker_pools={
            "default": WorkerPool(
                size=TaskSize(cpu=2048, memory_mib=4096), slots=8, min=4, max=4, capacity="FARGATE_SPOT"
            )
        },
    ),
    "mixed": Settings(
        stage="mixed",
        worker_pools={"mixed": WorkerPool(min=5, max=5, capacity=FargateStrategy(spot_percent=80, on_demand_base=1))},
    ),
    "ec2": Settings(
        stage="ec2",
        topology="split",
        architecture="ARM64",
        ec2_capacity=Ec2Capacity(instance_type="m7g.large", max_instances=4),
        worker_pools={"default": WorkerPool(), "metal": WorkerPool(min=0, max=2, capacity="EC2")},
    ),
    "ec2_x86": Settings(
        stage="intel",
        nat="none",
        ec2_capacity=Ec2Capacity(instance_type="m7i.xlarge", max_instances=10, root_volume_gib=100),
        compact_capacity="EC2",
        tags={"Team": "data"},
        role_path="/teams/data/",
        permissions_boundary_arn="arn:aws:iam::123456789012:policy/boundary",
    ),
    "nights": Settings(
        stage="nights",
        topology="split",
        processes={"scheduler": ProcessSettings(count=2)},
        worker_pools={"default": WorkerPool(min=1, max=3), "heavy": WorkerPool(min=0, max=2)},
        pause_schedule=PauseSchedule(
            pause="cron(50 23 ? * MON-FRI *)", resume="cron(30 6 ? * MON-FRI *)", time_zone="Europe/Berlin"
        ),
    ),
    "variables": Settings(
        stage="variables",
        topology="split",
        existing_network=NETWORK,
        environment={"HTTPS_PROXY": "http://proxy.example.com:3128", "NO_PROXY": "example.com"},
        secrets={"AIRFLOW_CONN_CRM": "team/crm:connection", "CRM_USER": "team/crm:user"},
        processes={"dag-processor": ProcessSettings(environment={"CRM_USER": "nobody"})},
        worker_pools={"default": WorkerPool(secrets={"CRM_TOKEN": "team/crm:token"})},
    ),
    "bundles": Settings(
        stage="bundles",
        nat="none",
        worker_pools={"default": WorkerPool()},
        dags=BUNDLES,
    ),
    "prebuilt": Settings(
        stage="prebuilt",
        airflow_image=IMAGE,
        task_images={"number_task": TASK_IMAGE},
        registry_credentials={"registry.example.com": "team/registry"},
    ),
}
ROLE = "arn:aws:iam::123456789012:role/deploy"
SOMEBODY = "arn:aws:iam::123456789012:role/somebody"
ADDITIONAL_ENDPOINTS = ("dynamodb", "email-smtp", "ssm")
"""A gateway, an endpoint with ports of its own, and one with a policy of its own."""
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/x"
CLIENTS = ("10.0.0.0/8", "203.0.113.7/32")
HOURS = {"pause": "cron(50 23 ? * MON-FRI *)", "resume": "cron(30 6 ? * MON-FRI *)"}
INTERNAL_NETWORK = ExistingNetwork(vpc_id="vpc-0a", private_subnet_ids=tuple(f"subnet-{number}" for number in range(4)))
POOL = {"min": 1, "max": 60, "scale_in_after_min": 3, "scale_in_cooldown_sec": 240, "scale_out_cooldown_sec": 20}
"""A pool whose every number is another one than the default."""
REGISTRY = "registry.example.com:5000"
REGISTRY_SECRET_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:registry-a1B2c3"
READ_VENDOR = {"actions": ("s3:GetObject",), "resources": ("arn:aws:s3:::vendor/*",)}
OTHER_VALUES: dict[str, dict[str, Any]] = {
    "compact": {
        "region": "eu-west-1",
        "allowed_account_ids": ("123456789012",),
        "assume_role_arn": ROLE,
        "tags": {"Team": "data"},
        "ignore_tags": IgnoreTags(keys=("CostCenter",), key_prefixes=("org:",)),
        "aws_provider_version": "6.25.0",
        "state_bucket": "states",
        "state_region": "eu-central-1",
        "state_key_prefix": "teams/data/",
        "state_kms_key_arn": "arn:aws:kms:eu-central-1:210987654321:key/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
        "state_role_arn": "arn:aws:iam::210987654321:role/state",
        "availability_zones": 3,
        "container_insights": "enhanced",
        "environment": {"HTTPS_PROXY": "http://proxy.example.com:3128"},
        "compact_capacity": "FARGATE_SPOT",
        "compact_accept_interruption": True,
        "platform_version": "LATEST",
        "allowed_cidrs": CLIENTS,
        "log_retention_days": 7,
        "pause_schedule": HOURS,
        "processes": {
            "worker": {"permissions": (READ_VENDOR,), "environment": {"A": "1"}},
            "triggerer": {"secrets": {"B": "/team/b"}},
        },
        "database_version": "16",
        "database_instance_class": "db.m7g.large",
        "database_multi_az": True,
        "database_storage_gib": 50,
        "database_max_storage_gib": 500,
        "database_backup_retention_days": 7,
        "key_versions": {"fernet": 2, "jwt": 3, "api": 4, "admin": 5, "database": 6, "database_worker": 7},
    },
    "split": {
        "region": "eu-central-1",
        "assume_role_arn": ROLE,
        "state_bucket": "states",
        "container_insights": "disabled",
        "execute_command": True,
        "worker_pools": {"default": POOL},
        "database_storage_gib": 50,
        "database_max_storage_gib": 50,
        "key_versions": {"database_worker": 2},
        "max_task_cpu": 2048,
        "max_task_memory_mib": 8192,
        "queue_administrator_arns": [SOMEBODY],
        "airflow_config": {
            "core": {"parallelism": 7, "xcom_backend": "airflow.sdk.bases.xcom.BaseXCom"},
            "email": {"from_email": "airflow@example.com"},
        },
        "processes": {
            "api-server": {"max_count": 3},
            "triggerer": {"count": 2, "max_count": 4, "size": {"cpu": 4096, "memory_mib": 8192}},
            "scheduler": {"count": 2},
            "dag-processor": {"permissions": (READ_VENDOR,)},
        },
    },
    "no_nat": {
        "state_bucket": "states",
        "internal": True,
        "listener_protocol": "TLS",
        "certificate_arn": CERTIFICATE,
        "additional_endpoints": ADDITIONAL_ENDPOINTS,
        "environment": {"HTTPS_PROXY": "http://proxy:3128"},
        "worker_pools": {"spot": {"permissions": (READ_VENDOR,)}, "default": {}},
    },
    "existing": {
        "internal": True,
        "existing_network": INTERNAL_NETWORK,
        "existing_database": DATABASE.model_copy(
            update={"secret_arn": None, "secret_name": "rds!db-0a1b", "username_key": "user", "password_key": "pw"}
        ),
        "pause_schedule": HOURS,
        "airflow_image": f"{REGISTRY}/airflow:1",
        "registry_credentials": {REGISTRY: REGISTRY_SECRET_ARN},
    },
}
"""Values that differ from those of a variant and do not affect each other, so that one stage serves many tests."""
_synthesized: dict[str, Template] = {}


def compose(settings: Settings, project: Path = main.PROJECT) -> AirflowStack:
    """Return the stack of *settings*, with the image and the tasks of *project*."""
    folders = find_task_folders(project / "tasks", stage=settings.stage)
    return AirflowStack(Testing.app(), settings.name, settings=settings, folders=folders, project=project)


def make_project(folder: Path, *tasks: str) -> Path:
    """Fill *folder* with the minimum that can be composed, and with *tasks* without settings."""
    for context in ("docker", *(f"tasks/{task}" for task in tasks)):
        (folder / context).mkdir(parents=True)
        (folder / context / "Dockerfile").write_text("FROM scratch\n")
    return folder


def synthesize(settings: Settings) -> Template:
    """Return what is synthesized for *settings*; it is composed once."""
    key = settings.model_dump_json()
    if key not in _synthesized:
        _synthesized[key] = Template.of(compose(settings))
    return _synthesized[key]


@cache
def variant(name: str) -> Template:
    """Return what is synthesized for the variant *name*."""
    return synthesize(VARIANTS[name])


def changed(name: str, **settings: Any) -> Template:  # noqa: ANN401 any value of a setting
    """Return what is synthesized for the variant *name* with *settings* changed."""
    values = {key: getattr(VARIANTS[name], key) for key in VARIANTS[name].model_fields_set}
    return synthesize(Settings(**values | settings))


def with_other_values(name: str) -> Template:
    """Return what is synthesized for the variant *name* with its `OTHER_VALUES`."""
    return changed(name, **OTHER_VALUES[name])
