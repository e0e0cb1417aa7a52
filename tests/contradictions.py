"""Settings that contradict each other, and the sentence that each contradiction gets."""

from typing import Any

NETWORK = {
    "vpc_id": "vpc-1",
    "private_subnet_ids": ("subnet-1", "subnet-2"),
    "public_subnet_ids": ("subnet-3", "subnet-4"),
}
DATABASE = {
    "host": "db.example.com",
    "secret_arn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-a1B2c3",
    "security_group_id": "sg-1",
}
SPOT = {"capacity": "FARGATE_SPOT"}
EC2 = {"capacity": "EC2"}
ARM64 = {"instance_type": "m7g.large", "max_instances": 4}
MIXED = {"capacity": {"spot_percent": 50, "on_demand_base": 1}}

REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {"environment": {"A": "1", "B": "1"}, "secrets": {"B": "b"}},
        "B is in environment and in secrets; remove one of them",
    ),
    (
        {"airflow_image": "r.example.com/a:1", "registry_credentials": {"example.com": "login"}},
        "registry_credentials.example.com has no effect, because the stage's images come from r.example.com",
    ),
    (
        {"nat": "none", "region": "cn-north-1"},
        (
            "nat = 'none' is not supported in regions in China, got region 'cn-north-1'; set existing_network to a"
            " network that has the VPC endpoints"
        ),
    ),
    (
        {"github_roles": {"repository": "a/b"}, "assume_role_arn": "arn:aws:iam::123456789012:role/deploy"},
        "github_roles and assume_role_arn exclude each other, got both; remove one",
    ),
    *(
        (
            {"existing_network": NETWORK, key: value},
            f"existing_network and {key} exclude each other, got both; remove one",
        )
        for key, value in (("vpc_cidr", "10.0.0.0/16"), ("availability_zones", 2), ("nat", "none"))
    ),
    (
        {"existing_network": NETWORK, "additional_endpoints": ("kms",)},
        "existing_network and additional_endpoints exclude each other, got both; remove one",
    ),
    (
        {"existing_network": NETWORK | {"public_subnet_ids": ()}},
        "existing_network needs public_subnet_ids for the load balancer; add them, or set internal = True",
    ),
    (
        {"existing_network": NETWORK | {"private_subnet_ids": ("subnet-1",)}},
        "existing_network needs private_subnet_ids in two zones for RDS, got one subnet; add one",
    ),
    (
        {"topology": "split", "processes": {"scheduler": {"max_count": 2}}},
        "processes.scheduler.max_count is only for api-server and triggerer, got 2; use count",
    ),
    (
        {"topology": "split", "processes": {"triggerer": {"count": 3, "max_count": 2}}},
        "processes.triggerer.max_count must be equal to count, 3, or higher, got 2",
    ),
    (
        {"topology": "split", "processes": {"scheduler": {"size": {"cpu": 256, "memory_mib": 1024}}}},
        "processes.scheduler.size.cpu must be 288 or more, which the process needs, got 256",
    ),
    (
        {"existing_network": NETWORK, "endpoint_accounts": ("123456789012",)},
        "existing_network and endpoint_accounts exclude each other, got both; remove one",
    ),
    (
        {"state_bucket": "team-state", "dags": {"bucket": "team-state"}},
        "dags.bucket must not be the bucket of the Terraform state, 'team-state', because whoever pushes DAGs could",
    ),
    (
        {"nat": "none", "dags": {"team": {"url": "https://github.com/team/dags"}}},
        "dags.team.url is at github.com, which a network with nat = 'none' does not reach; set another nat, set",
    ),
    (
        {"nat": "none", "dags": {"url": "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/dags"}},
        "dags.url needs the VPC endpoint of CodeCommit with nat = 'none'; add 'git-codecommit' to additional_endpoints",
    ),
    (
        {"nat": "none", "additional_endpoints": ("s3",)},
        "additional_endpoints must not contain 's3'; remove it, because every network has a gateway endpoint for S3",
    ),
    (
        {"nat": "none", "additional_endpoints": ("com.amazonaws.eu-central-1.kms",)},
        "additional_endpoints must be in the stage's region, us-east-1, got 'com.amazonaws.eu-central-1.kms'",
    ),
    (
        {"nat": "none", "additional_endpoints": ("com.amazonaws.us-east-1.s3",)},
        "additional_endpoints must not contain 's3'",
    ),
    *(
        (
            settings,
            f"{key} must be an ARN of the stage's partition, arn:aws-cn:..., got 'arn:aws:",
        )
        for settings, key in (
            (
                {"region": "cn-north-1", "existing_database": DATABASE},
                "existing_database.secret_arn",
            ),
            (
                {
                    "region": "cn-north-1",
                    "processes": {
                        "worker": {"permissions": ({"actions": ("s3:Get*",), "resources": ("arn:aws:s3:::x/*",)},)}
                    },
                },
                "processes.worker.permissions.0.resources.0",
            ),
            (
                {"region": "cn-north-1", "queue_administrator_arns": ("arn:aws:iam::123456789012:role/x",)},
                "queue_administrator_arns.0",
            ),
        )
    ),
    (
        {"additional_endpoints": ("kms",)},
        "additional_endpoints needs nat = 'none', got nat = 'single'; remove additional_endpoints, or set nat",
    ),
    *(
        ({"existing_database": DATABASE, key: value}, f"existing_database and {key} exclude each other, got both")
        for key, value in (
            ("database_version", "17"),
            ("database_instance_class", "db.t4g.small"),
            ("database_multi_az", True),
            ("database_storage_gib", 20),
            ("database_max_storage_gib", 200),
            ("database_backup_retention_days", 30),
        )
    ),
    (
        {"existing_database": DATABASE, "key_versions": {"database": 2}},
        "key_versions.database is not allowed with existing_database; rotate the secret of that database instead",
    ),
    (
        {"database_storage_gib": 300},
        (
            "database_max_storage_gib must be equal to database_storage_gib, 300, or 10 % more than that, 330, or"
            " higher, got 200; if they are equal"
        ),
    ),
    *(
        (
            {"topology": "split", key: value},
            f"{key} needs topology = 'compact', got topology = 'split'; remove it, or use processes",
        )
        for key, value in (
            ("compact_size", {"cpu": 1024, "memory_mib": 4096}),
            ("compact_capacity", "FARGATE"),
            ("compact_accept_interruption", True),
            ("compact_worker_slots", 4),
        )
    ),
    (
        {"processes": {"scheduler": SPOT}},
        (
            "processes.scheduler.capacity needs topology = 'split', got topology = 'compact'; use compact_size and"
            " compact_capacity"
        ),
    ),
    (
        {"topology": "split", "processes": {"api-server": {"size": {"cpu": 256, "memory_mib": 512}}}},
        "processes.api-server.size.memory_mib must be 768 or more, which the process needs, got 512",
    ),
    (
        {"compact_worker_slots": 20},
        "compact_size.memory_mib must be 4204 or more, which its 5 containers need, got 4096",
    ),
    (
        {"topology": "split", "worker_pools": {"spot": {}, "high_memory": {}}},
        (
            "worker_pools must contain a pool 'default' if topology = 'split', for tasks whose DAG names no queue, got"
            " spot, high_memory"
        ),
    ),
    ({"topology": "split", "worker_pools": {}}, "worker_pools must contain a pool 'default' if topology = 'split'"),
    *(
        (
            {"worker_pools": {"default": {}}, key: value},
            (
                f"{name} is for the worker inside the compact task, and this stage has none; set it in"
                " worker_pools.default"
            ),
        )
        for key, value, name in (
            ("compact_worker_slots", 4, "compact_worker_slots"),
            ("processes", {"worker": {}}, "processes.worker"),
        )
    ),
    (
        {"topology": "split", "processes": {"worker": {"count": 3}}},
        "processes.worker is for the worker inside the compact task, and this stage has none; set it in",
    ),
    (
        {"worker_pools": {"high_memory": {}, "high-memory": {}}},
        "worker_pools.high_memory and worker_pools.high-memory would be one queue on AWS, high-memory; rename one",
    ),
    (
        {"worker_pools": {"default_pool": {}}},
        "worker_pools.default_pool must have another name: this is Airflow's own pool for the queue 'default'",
    ),
    *(
        (
            {"worker_pools": {name: {} for name in names}},
            "worker_pools.spot-dead-letter has the name of the dead-letter queue of worker_pools.spot; rename it",
        )
        for names in (("spot", "spot-dead-letter"), ("spot-dead-letter", "spot"))
    ),
    *(
        (
            {"topology": "split", "processes": {name: capacity}},
            (
                f"processes.{name}.capacity on Spot lets AWS stop the {name} with two minutes' notice; set"
                f" processes.{name}.accept_interruption = True to accept that, or use 'FARGATE'"
            ),
        )
        for name in ("api-server", "scheduler")
        for capacity in (SPOT, MIXED)
    ),
    *(
        (settings, f"{key}.capacity 'EC2' needs instances; set ec2_capacity of the stage in stages.py")
        for settings, key in (
            ({"topology": "split", "processes": {"scheduler": EC2}}, "processes.scheduler"),
            ({"worker_pools": {"metal": EC2}}, "worker_pools.metal"),
        )
    ),
    (
        {"ec2_capacity": ARM64, "architecture": "ARM64", "worker_pools": {"x": EC2 | {"architecture": "X86_64"}}},
        "worker_pools.x.capacity 'EC2' needs architecture 'ARM64', which the stage's instances have, got 'X86_64'",
    ),
    (
        {"ec2_capacity": ARM64, "compact_capacity": "EC2"},
        ("compact_capacity 'EC2' needs architecture 'ARM64', which the stage's instances have, got 'X86_64'"),
    ),
    (
        {
            "listener_protocol": "TLS",
            "hosted_zone_id": "Z0123456789",
            "domain_name": f"{'a' * 50}.data-platform.example.com",
        },
        "domain_name must not have more than 64 characters, ACM's limit, got 76; use a shorter name, or set",
    ),
    (
        {"listener_protocol": "TLS", "domain_name": "airflow.example.com"},
        "listener_protocol 'TLS' needs certificate_arn, or domain_name and hosted_zone_id, for which ACM",
    ),
]
