"""A stage without a route to the internet, for an account with strict rules."""

from constructs_lib.settings import Permission, Settings, WorkerPool

ACCOUNT, REGION = "123456789012", "eu-central-1"

STAGES = (
    Settings(
        stage="prod",
        region=REGION,
        allowed_account_ids=(ACCOUNT,),
        protected=True,
        topology="split",
        # The state: its own bucket and key.
        state_bucket="example-terraform-states",
        state_kms_key_arn=f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
        # The roles: below a path, and never with more rights than the account's boundary.
        role_path="/airflow/",
        permissions_boundary_arn=f"arn:aws:iam::{ACCOUNT}:policy/boundary",
        # The network: AWS's APIs through endpoints, the UI by TLS from the company's network.
        nat="none",
        availability_zones=3,
        internal=True,
        listener_protocol="TLS",
        certificate_arn=f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
        allowed_cidrs=("10.0.0.0/8",),
        # A pipeline that may reach the internet builds the images.
        image_registry=f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/airflow",
        # The data: a standby in another zone, backups for five weeks, logs for a year.
        database_multi_az=True,
        database_backup_retention_days=35,
        log_retention_days=365,
        container_insights="enhanced",
        tags={"CostCenter": "1234", "DataClass": "confidential"},
        worker_pools={
            "default": WorkerPool(
                permissions=(Permission(actions=("s3:GetObject",), resources=("arn:aws:s3:::example-scores/*",)),)
            )
        },
    ),
)
