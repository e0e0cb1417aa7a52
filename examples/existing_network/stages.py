"""A stage in a VPC and on a PostgreSQL server that another team owns."""

from constructs_lib.settings import ExistingDatabase, ExistingNetwork, Settings

STAGES = (
    Settings(
        stage="prod",
        region="eu-central-1",
        protected=True,
        topology="split",
        existing_network=ExistingNetwork(
            vpc_id="vpc-0a1b2c3d4e5f60718",
            private_subnet_ids=("subnet-0a1b2c3d4e5f60718", "subnet-0a1b2c3d4e5f60719"),
            public_subnet_ids=("subnet-0a1b2c3d4e5f6071a", "subnet-0a1b2c3d4e5f6071b"),
        ),
        existing_database=ExistingDatabase(
            host="airflow.c0a1b2c3d4e5.eu-central-1.rds.amazonaws.com",
            secret_name="prod/airflow/database",
            security_group_id="sg-0a1b2c3d4e5f60718",
        ),
        # The UI has only private addresses: the offices reach it through the company's network.
        internal=True,
        allowed_cidrs=("10.0.0.0/8",),
    ),
)
