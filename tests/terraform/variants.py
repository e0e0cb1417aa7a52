"""The stages of this environment, and others that combine what settings and `task.toml` offer."""

from constructs_lib.settings.capacity import Ec2Capacity, TaskSize
from constructs_lib.settings.pause_schedule import PauseSchedule
from constructs_lib.settings.permission import Permission
from constructs_lib.settings.process_settings import ProcessSettings
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.tags import IgnoreTags
from constructs_lib.settings.worker_pool import WorkerPool
from constructs_lib.shared.capacity import FargateStrategy
from stages import STAGES
from tests.variants import BUNDLES, DATABASE, IMAGE, NETWORK, TASK_IMAGE

HUNDRED = [f"job_{number:02}" for number in range(98)]
ALL_OF_TASK_TOML = """
cpu = 1024
memory_mib = 3072
ephemeral_storage_gib = 50
architecture = "X86_64"
capacity = "FARGATE_SPOT"
shared_volume = false
command = ["python", "report.py"]
stop_timeout_sec = 120

[environment]
LOG_LEVEL = "info"

[secrets]
API_TOKEN = "prod/vendor/token"
DB_PASSWORD = "rds!db-0a1b:password"
LICENCE = "/prod/vendor/licence"
KEY = "arn:aws:secretsmanager:us-east-1:123456789012:secret:vendor-a1B2c3:key::"

[[permissions]]
actions = ["s3:GetObject"]
resources = ["arn:aws:s3:::my-bucket/*"]
"""
LARGER_THAN_FARGATE = """
capacity = "EC2"
cpu = 32768
memory_mib = 250000
"""
TASKS: dict[str, dict[str, str]] = {
    "closed": {"vendor_report": ALL_OF_TASK_TOML, "large": LARGER_THAN_FARGATE},
    "longest": {"mixed": "[capacity]\nspot_percent = 80\n"},
    "hundred": dict.fromkeys(HUNDRED, ""),
}
NIGHTS = PauseSchedule(pause="cron(0 20 ? * MON-FRI *)", resume="cron(0 7 ? * MON-FRI *)", time_zone="Europe/Berlin")
VARIANTS: dict[str, Settings] = {
    # What holds data in a protected stage cannot be destroyed.
    **{settings.stage: settings.model_copy(update={"protected": False}) for settings in STAGES},
    "closed": Settings(
        stage="closed",
        nat="none",
        additional_endpoints=("kms", "email-smtp", "dynamodb"),
        endpoint_accounts=("210987654321",),
        availability_zones=3,
        architecture="ARM64",
        ec2_capacity=Ec2Capacity(instance_type="r7g.16xlarge", max_instances=2, root_volume_gib=200),
        worker_pools={
            "default": WorkerPool(min=3, capacity="FARGATE_SPOT"),
            "metal": WorkerPool(min=1, capacity="EC2"),
            "x86_only": WorkerPool(
                architecture="X86_64",
                permissions=(Permission(actions=("s3:GetObject",), resources=("arn:aws:s3:::my-bucket/*",)),),
            ),
        },
        internal=True,
        allowed_cidrs=("10.0.0.0/8",),
        container_insights="enhanced",
        pause_schedule=NIGHTS,
        execute_command=True,
        dags=BUNDLES,
    ),
    "existing": Settings(
        stage="existing",
        region="eu-central-1",
        topology="split",
        existing_network=NETWORK,
        existing_database=DATABASE.model_copy(update={"secret_arn": None, "secret_name": "rds!db-0a1b"}),
        pause_schedule=NIGHTS,
        airflow_image=IMAGE,
        task_images={"number_task": TASK_IMAGE},
        registry_credentials={"registry.example.com": "team/registry"},
        environment={"HTTPS_PROXY": "http://proxy.example.com:3128"},
        listener_protocol="TLS",
        certificate_arn="arn:aws:acm:eu-central-1:123456789012:certificate/0a1b",
        allowed_cidrs=("0.0.0.0/0",),
        allowed_account_ids=("123456789012",),
        assume_role_arn="arn:aws:iam::123456789012:role/deploy",
        permissions_boundary_arn="arn:aws:iam::123456789012:policy/boundary",
        role_path="/teams/data/",
        tags={"Team": "data"},
        ignore_tags=IgnoreTags(keys=("CostCenter",), key_prefixes=("org:",)),
    ),
    "longest": Settings(
        stage="a" * 13,
        topology="split",
        nat="per_az",
        availability_zones=3,
        listener_protocol="TLS",
        domain_name="airflow.example.com",
        hosted_zone_id="Z0123456789",
        allowed_cidrs=("203.0.113.0/24", "198.51.100.0/24"),
        database_version="16",
        ec2_capacity=Ec2Capacity(instance_type="m7i.large", max_instances=4),
        worker_pools={
            "default": WorkerPool(size=TaskSize(cpu=2048, memory_mib=4096), slots=8),
            # As long as the role's name has room.
            "a" * 25: WorkerPool(capacity=FargateStrategy(spot_percent=80, on_demand_base=1), min=2, max=2),
            "metal": WorkerPool(capacity="EC2", secrets={"CRM_TOKEN": "team/crm:token"}),
        },
        environment={"HTTPS_PROXY": "http://${user}%{x}@proxy:3128"},
        secrets={"AIRFLOW_CONN_CRM": "team/crm:connection", "LICENCE": "/team/licence"},
        processes={"scheduler": ProcessSettings(count=2, environment={"LICENCE": "none"})},
        airflow_config={"core": {"max_active_runs_per_dag": 4}},
    ),
    "hundred": Settings(stage="hundred", task_images=dict.fromkeys(HUNDRED, TASK_IMAGE)),
}
ALL_FEATURES = ("closed", "existing", "longest")
"""The variants that together have every feature that a policy depends on."""
