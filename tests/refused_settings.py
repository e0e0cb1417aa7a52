"""What a setting refuses, by its name: values, and the sentence that each gets."""

from typing import Any

from constructs_lib.settings.dag_bundles import DagsInS3

ARN = "arn:aws:iam::123456789012"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
NETWORK = {"vpc_id": "vpc-1", "private_subnet_ids": ("subnet-1", "subnet-2"), "public_subnet_ids": ("subnet-3",)}
EC2 = {"instance_type": "m7g.large", "max_instances": 4}
ADDRESS = "https://user:hidden@example.com/dags.git"
REFUSED: dict[str, list[tuple[Any, str]]] = {
    "stage": [
        ("a" * 14, "must be 1 to 13 lower-case letters and digits, the first one a letter, got 'aaaaaaaaaaaaaa'"),
        ("my-stage", "must be 1 to 13 lower-case letters"),
        ("Dev", "must be 1 to 13 lower-case letters"),
        ("1", "must be 1 to 13 lower-case letters"),
        ("", "must be 1 to 13 lower-case letters"),
        ("dev\n", "must be 1 to 13 lower-case letters"),
        (1, "must be a valid string, got 1"),
    ],
    "region": [
        (
            "Frankfurt",
            "must be a region such as eu-central-1, us-gov-west-1, cn-north-1 or eusc-de-east-1, got 'Frankfurt'",
        ),
        ("eu-central-1a", "got 'eu-central-1a'; did you mean 'eu-central-1'?"),
        (
            "us-mars-1",
            "must be a region such as eu-central-1, us-gov-west-1, cn-north-1 or eusc-de-east-1, got 'us-mars-1'",
        ),
        ("us-iso-east-1", "must be a region"),
    ],
    "protected": [("yes", "must be a valid boolean, got 'yes'"), (1, "must be a valid boolean, got 1")],
    "state_bucket": [
        ("My_Bucket", "must be a bucket's name: 3 to 63 of a-z, 0-9, '.' and '-', got 'My_Bucket'"),
        *(
            (
                f"{prefix}state",
                f"must not start with '{prefix}' (Amazon S3: \"General purpose bucket naming rules\"), got",
            )
            for prefix in ("xn--", "sthree-", "amzn-s3-demo-")
        ),
        *(
            (f"state{suffix}", f"must not end with '{suffix}' (Amazon S3")
            for suffix in ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
        ),
        ("192.168.5.4", "must not look like an IP address (Amazon S3"),
        ("a..b", "must not contain two adjacent periods (Amazon S3"),
    ],
    "state_region": [("Frankfurt", "must be a region such as eu-central-1"), ("us-iso-east-1", "must be a region")],
    "state_key_prefix": [
        ("teams", "must be up to 8 words of letters, digits, '.', '_' and '-', each with a '/' after it, such as"),
        ("/teams/", "must be up to 8 words"),
        ("../", "must be up to 8 words"),
        ("a//", "must be up to 8 words"),
        ("${x}/", "must be up to 8 words"),
    ],
    "state_kms_key_arn": [
        ("alias/state", "must be a KMS key's ARN such as arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-"),
        ("arn:aws:kms:us-east-1:123456789012:alias/state", "must be a KMS key's ARN"),
        ("arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f", "must be a KMS key's ARN"),
        (
            "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
            "must be a key in the region of the state's bucket, us-east-1, got one in eu-central-1",
        ),
    ],
    "state_role_arn": [
        (f"{ARN}:user/me", "must be a role's ARN such as"),
        (
            "arn:aws-cn:iam::123456789012:role/x",
            "must be an ARN of the stage's partition, arn:aws:..., got 'arn:aws-cn:",
        ),
    ],
    "allowed_account_ids": [(("123",), "must be an account id of 12 digits, got '123'")],
    "assume_role_arn": [
        (f"{ARN}:user/me", "must be a role's ARN such as"),
        (
            "arn:aws-cn:iam::123456789012:role/x",
            "must be an ARN of the stage's partition, arn:aws:..., got 'arn:aws-cn:",
        ),
    ],
    "aws_provider_version": [
        ("6.24.9", "must be an exact version 6.x.y of the AWS provider, 6.25.0 or newer, got '6.24.9'"),
        ("~> 6.25", "must be an exact version 6.x.y"),
        ("5.100.0", "must be an exact version 6.x.y"),
        ("7.0.0", "must be an exact version 6.x.y"),
    ],
    "permissions_boundary_arn": [(f"{ARN}:role/x", "must be a policy's ARN such as")],
    "role_path": [
        ("teams", "must be a path that starts and ends with '/', such as /teams/data/, got 'teams'"),
        ("/a b/", "must be a path"),
    ],
    "tags": [
        (
            {"stack": "data"},
            "must not have the key 'stack', which differs from the stack's own tag 'Stack' in upper and lower case",
        ),
        (
            {"team": "a", "Team": "b"},
            "must not have the key 'Team', which differs from another key 'team' in upper and",
        ),
        ({"AirflowService": "x"}, "must not have the key 'AirflowService', which the stack sets for its services"),
        ({"airflowservice": "x"}, "must not have the key 'airflowservice', which the stack sets for its services"),
        ({"aws:x": "1"}, "must have keys of 1 to 128 characters without the prefix 'aws:'"),
        ({"": "1"}, "must have keys of 1 to 128 characters"),
        ({"x": "1" * 257}, "must have keys of 1 to 128 characters without the prefix 'aws:' and values of up to 256"),
        ({"Team": "data, platform"}, "both of letters, digits, spaces and _.:/=+-@, got 'Team' with 'data, platform'"),
        ({"x": 1}, "must be a valid string, got 1"),
        ({str(number): "1" for number in range(41)}, "must have at most 40 items"),
    ],
    "ignore_tags": [
        ({"keys": ["aws:x"]}, "must be a tag's key of 1 to 128 letters, digits, spaces and _.:/=+-@, got 'aws:x'"),
        ({"key_prefixes": [""]}, "must be a tag's key of 1 to 128 letters"),
        ({"keys": ["Stack"]}, "must not cover 'Stack', a tag of the stack, because Terraform would not set it"),
        ({"key_prefixes": ["Man"]}, "must not cover 'ManagedBy', a tag of the stack"),
        ({"prefixes": ["x"]}, "is unknown; did you mean 'key_prefixes'?"),
    ],
    "vpc_cidr": [
        ("10.0.0.0", "must be a /16 to a /23, so that each subnet has the 16 addresses that AWS requires"),
        ("10.0.0.0/24", "must be a /16 to a /23"),
        ("10.0.0.0/15", "must be a /16 to a /23"),
        (
            "10.0.0.1/16",
            "must be an IPv4 network such as 10.0.0.0/16, got '10.0.0.1/16' (10.0.0.1/16 has host bits set)",
        ),
        ("fd00::/16", "must be an IPv4 network"),
        *(
            (network, f"must be a network that hosts have addresses in, got '{network}', part of {reserved}: ")
            for network, reserved in (
                ("127.0.0.0/16", "127.0.0.0/8"),
                ("0.0.0.0/16", "0.0.0.0/8"),
                ("169.254.0.0/16", "169.254.0.0/16"),
                ("239.1.0.0/16", "224.0.0.0/4"),
                ("250.0.0.0/16", "240.0.0.0/4"),
            )
        ),
        ("ten", "must be an IPv4 network"),
    ],
    "availability_zones": [(1, "must be 2 or 3, got 1"), (4, "must be 2 or 3, got 4"), ("2", "must be 2 or 3")],
    "nat": [("both", "must be 'per_az', 'single' or 'none', got 'both'")],
    "additional_endpoints": [
        (
            ("Kms!",),
            "must be a service as VPC endpoints name it, such as kms, or its whole name, such as com.amazonaws.",
        ),
        (("nonsense",), "com.amazonaws.eu-central-1.kms, got 'nonsense'"),
        (("sagemaker",), "got 'sagemaker'; did you mean 'sagemaker.api'?"),
    ],
    "endpoint_accounts": [
        (("123",), "must be an account id of 12 digits, got '123'"),
        (("123456789012",), "needs nat = 'none', got nat = 'single'; remove endpoint_accounts, or set nat"),
    ],
    "existing_network": [
        (NETWORK | {"vpc_id": "10"}, "must be a VPC's id such as vpc-0a1b2c3d, got '10'"),
        (NETWORK | {"vcp_id": "vpc-1"}, "is unknown; did you mean 'vpc_id'?"),
    ],
    "ec2_capacity": [
        ({"max_instances": 4}, "is required"),
        ({"instance_type": "m7g.large"}, "is required"),
        (EC2 | {"instance_type": "large"}, "must be an EC2 instance type such as m7g.large, got 'large'"),
        (EC2 | {"max_instances": 0}, "must be greater than or equal to 1, got 0"),
        (EC2 | {"max_instances": 5001}, "must be less than or equal to 5000, got 5001"),
        (EC2 | {"root_volume_gib": 29}, "must be greater than or equal to 30, got 29"),
        (EC2 | {"root_volume_gib": 16385}, "must be less than or equal to 16384, got 16385"),
        (EC2 | {"max_instance": 4}, "is unknown; did you mean 'max_instances'?"),
    ],
    "container_insights": [("on", "must be 'enabled', 'enhanced' or 'disabled', got 'on'")],
    "log_retention_days": [(45, "must be a retention of CloudWatch Logs (1, 3, 5, 7,"), (0, "must be a retention of")],
    "database_version": [("13", "must be '14', '15', '16' or '17', got '13'"), (17, "must be '14'")],
    "database_instance_class": [("t4g.small", "must be an RDS instance class such as db.t4g.small, got 't4g.small'")],
    "database_multi_az": [("no", "must be a valid boolean")],
    "database_storage_gib": [(19, "must be greater than or equal to 20, got 19"), (65537, "must be less than")],
    "database_max_storage_gib": [(19, "must be greater than or equal to 20, got 19"), (65537, "must be less than")],
    "database_backup_retention_days": [(36, "must be less than or equal to 35, got 36"), (-1, "must be greater")],
    "existing_database": [({"host": "db"}, "is required")],
    "topology": [("compat", "must be 'compact' or 'split', got 'compat'")],
    "architecture": [("arm64", "must be 'X86_64' or 'ARM64', got 'arm64'")],
    "platform_version": [("1.3.0", "must be '1.4.0' or 'LATEST', got '1.3.0'")],
    "compact_size": [
        ({"cpu": 1024, "memory_mib": 1000}, "memory_mib for 1024 CPU units must be 2048 to 8192 in steps of 1024"),
        ({"cpu": 512, "memory_mib": 4096}, "must be 992 or more, which its 5 containers need, got 512"),
        ({"cpu": 1024, "memory_mib": 2048}, "must be 3328 or more, which its 5 containers need, got 2048"),
        ({"cpu": 1024}, "is required"),
    ],
    "compact_capacity": [
        ("EC2", "'EC2' needs instances; set ec2_capacity of the stage in stages.py, or use 'FARGATE'"),
        ("SPOT", "must be 'FARGATE', 'FARGATE_SPOT' or 'EC2', got 'SPOT'"),
        ({"spot_percent": 50}, "lets AWS stop the api-server and the scheduler with two minutes' notice"),
        ("FARGATE_SPOT", "lets AWS stop the api-server and the scheduler with two minutes' notice"),
    ],
    "compact_accept_interruption": [("yes", "must be a valid boolean")],
    "compact_worker_slots": [
        (0, "must be greater than or equal to 1, got 0"),
        (81, "must be less than or equal to 80, got 81"),
    ],
    "worker_pools": [
        (
            {"Spot": {}},
            "must be a queue's name: words of lower-case letters and digits that start with a letter, joined",
        ),
        ({"gpu-2": {}}, "must be a queue's name"),
        ({"gpu": {"environment": {"A": "1"}, "secrets": {"A": "a"}}}, "A is in environment and in secrets; remove"),
        ({"spot": {"slot": 1}}, "slot is unknown; did you mean 'slots'?"),
        ({"spot": {"min": 3, "max": 2}}, "spot min must not be higher than max, 2, got 3"),
        (
            {"spot": {"slots": 24}},
            "spot slots need more than size.memory_mib, 2048: a worker needs 300 MiB and 80 MiB for each slot, 2220",
        ),
        ({"spot": {"size": {"cpu": 256}}}, "spot.size.memory_mib is required"),
        ({"spot": {"prewarm": "maybe"}}, "spot.prewarm must be a valid boolean, got 'maybe'"),
        ({"spot": {"prewarm_max": 20}}, "spot prewarm_max must not be higher than max, 10, got 20"),
        (
            {"spot": {"prewarm_max": 2, "prewarm": False}},
            "prewarm_max needs prewarm=True, got 2 with prewarm=False",
        ),
        ({"spot": {"max": 0}}, "spot.max must be greater than or equal to 1, got 0"),
        ({"metal": {"capacity": "EC2"}}, "metal.capacity 'EC2' needs instances; set ec2_capacity of the stage in"),
        (
            {"a" * 36: {}},
            "must have a name of 35 characters or fewer in stage 'dev', got 36: its role is airflow-dev-worker-",
        ),
    ],
    "processes": [
        ({"workers": {}}, "must be 'api-server', 'scheduler', 'dag-processor', 'triggerer' or 'worker', got 'workers'"),
        (
            {"worker": {"environment": {"A": "1"}, "secrets": {"A": "a"}}},
            "A is in environment and in secrets; remove one of them",
        ),
        ({"worker": {"coutn": 2}}, "is unknown; did you mean 'count'?"),
        (
            {"worker": {"count": 2}},
            "needs topology = 'split', got topology = 'compact'; add worker_pools.default or use",
        ),
    ],
    "dags": [
        ("s3", "must be 'image', DagsInS3(...), DagsInGit(...), or a table of bundles by name, got 's3'"),
        ({}, "or a table of bundles by name, got {}"),
        (DagsInS3, "must be 'image' or a bundle, got the class DagsInS3; write DagsInS3()"),
        ({"a": "image"}, "dags.a must be a valid dictionary or instance of DagsInS3, got 'image'"),
        ({"bukket": "team-dags"}, "bukket is unknown; did you mean 'bucket'?"),
        ({"url": "https://example.com/dags", "reff": "main"}, "reff is unknown; did you mean 'ref'?"),
        ({"a": {}, "b": 3}, "b must be a valid dictionary or instance of DagsInS3, got 3"),
        ({"Team": {}}, "Team must be a bundle's name of up to 40 characters: words of lower-case letters and digits"),
        (
            {"example_dags": {}},
            "example_dags must have another name: Airflow's own example DAGs have this one; rename it",
        ),
        ({"a" * 41: {}}, "must be a bundle's name of up to 40 characters"),
        ({f"team{number}": {} for number in range(21)}, "must have at most 20 items"),
        ({"a-b": {}, "a_b": {}}, "a-b and dags.a_b have names that differ only in '-' and '_'; rename one of them"),
        ({"bucket": "My_Bucket"}, "bucket must be a bucket's name: 3 to 63 of a-z"),
        (
            {"bucket": "airflow-dev-logs-123456789012-us-east-1"},
            "bucket must not be the stage's own bucket for task logs, which expire; remove it for a bucket of the",
        ),
        (
            {"a": {"bucket": "airflow-dev-dags-123456789012-us-east-1"}},
            "a.bucket must not be the stage's own bucket for DAGs; remove it",
        ),
        *(
            ({"prefix": prefix}, "prefix must be 1 to 8 words of letters, digits, '.', '_' and '-', joined by '/'")
            for prefix in ("", "/dags", "dags/", "../dags", "a//b", "${x}", "dags/*")
        ),
        (
            {"team": {"prefix": "dags"}, "other": {"prefix": "dags/team"}},
            "other and dags.team overlap in the bucket: their keys start with dags/team/other/ and dags/team/; change",
        ),
        ({"refresh_sec": 0, "prefix": "dags"}, "refresh_sec must be greater than or equal to 1, got 0"),
        ({"refresh_sec": 3601, "prefix": "dags"}, "refresh_sec must be less than or equal to 3600, got 3601"),
        ({"keep_versions": 1}, "keep_versions must be greater than or equal to 2, got 1"),
        ({"keep_versions": 1001}, "keep_versions must be less than or equal to 1000, got 1001"),
        ({"keep_days": 0}, "keep_days must be greater than or equal to 1, got 0"),
        ({"keep_days": 3651}, "keep_days must be less than or equal to 3650, got 3651"),
        ({"kms_key_arn": "alias/dags"}, "kms_key_arn must be a KMS key's ARN such as"),
        ({"kms_key_arn": KEY}, "kms_key_arn must be a key in the stage's region, us-east-1, got one in eu-central-1"),
        (
            {"a": {"kms_key_arn": KEY.replace("eu-central-1", "us-east-1")}, "b": {}},
            "a.kms_key_arn and dags.b.kms_key_arn must be equal, because both bundles are in the same bucket; set both",
        ),
        *(
            (
                {"url": url},
                "url must not contain a user, a password or a token, which everybody with the Terraform state could",
            )
            for url in (
                "https://me:hidden@github.com/team/dags.git",
                "https://hidden@github.com/team/dags.git",
                "http://hidden@example.com/dags",
                "ssh://git:hidden@example.com/dags.git",
            )
        ),
        *(
            ({"url": url}, "url must be the https address of a repository, without a query, such as https://")
            for url in (
                *("", "github.com/team/dags", "http://github.com/team/dags", "file:///srv/dags", "ext::sh -c id"),
                *("--upload-pack=id", "https://github.com/team/dags?token=x", "git:hidden@example.com:dags", "/srv"),
                *("git@github.com:team/dags.git", "ssh://git@github.com/team/dags.git"),
            )
        ),
        *(
            ({"url": "https://example.com/dags", "ref": ref}, "ref must be a branch, a tag or a commit of letters")
            for ref in ("", "-x", "a..b", "a b", "main/", "x.lock", "HEAD@{1}", "a//b", "*")
        ),
        *(
            ({"url": "https://example.com/dags", "folder": folder}, "folder must be a folder of the repository: up to")
            for folder in ("/", "..", "a/../b", "a/")
        ),
        ({"url": "https://example.com/dags", "secret": "two words"}, "secret must be the name of a secret in"),
        ({"url": "https://example.com/dags", "refresh_sec": 4}, "must be greater than or equal to 5, got 4"),
        ({"url": "https://example.com/dags", "refresh_sec": 86401}, "must be less than or equal to 86400, got 86401"),
        ({"ref": "main"}, "url is required"),
        (ADDRESS, "dags must not contain an address such as https://...; write DagsInGit(url=...)"),
        ([ADDRESS], "dags must not contain an address such as https://...; write DagsInGit(url=...)"),
        ({ADDRESS: {}}, "dags must not contain an address such as https://...; write DagsInGit(url=...)"),
        ({"web": ADDRESS}, "dags.web must not contain an address such as https://...; write DagsInGit(url=...)"),
        ({"web": ADDRESS, "etl": {}}, "dags.web must not contain an address such as"),
        ({"etl": {"prefix": ADDRESS}}, "dags.etl.prefix must not contain an address such as"),
        ({"url": "https://example.com/dags", "secret": ADDRESS}, "dags.secret must not contain an address such as"),
        ({"url": [ADDRESS]}, "dags.url must not contain an address such as"),
    ],
    "airflow_config": [
        ({"core": {"paralelism": 1}}, "is unknown; did you mean 'parallelism'?"),
        ({"cor": {"parallelism": 1}}, "is not a section of Airflow; did you mean 'core'?"),
        ({"core": {"fernet_key": "x"}}, "is set by the stack and must not be changed"),
        ({"core": {"parallelism": None}}, "must be a valid string, got None"),
        ({"core": 1}, "must be a valid dictionary, got 1"),
    ],
    "environment": [
        (
            {"A-B": "1"},
            "must name variables with letters, digits and '_', without a digit in front, up to 255 characters",
        ),
        ({"a" * 256: "1"}, "must name variables with letters"),
        ({"A": 1}, "must be a valid string, got 1"),
        ({"A": "\0"}, "must not contain a NUL character"),
        ({"AIRFLOW__CORE__PARALLELISM": "1"}, "must not set AIRFLOW__CORE__PARALLELISM: use airflow_config"),
        ({"AWS_ACCESS_KEY_ID": "A"}, "must not set AWS_ACCESS_KEY_ID: containers have the credentials of their role"),
        ({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/"}, "URI: ECS sets it"),
        (
            {"AWS_ENDPOINT_URL_S3": "http://x"},
            "must not set AWS_ENDPOINT_URL_S3: the stack uses AWS's own endpoints",
        ),
        ({"DB_HOST": "x"}, "must not set DB_HOST: the stack sets it"),
        ({"GUNICORN_CMD_ARGS": "--workers 9"}, "must not set GUNICORN_CMD_ARGS: the stack sets it"),
        ({"PYTHONPATH": "x"}, "must not set PYTHONPATH: it belongs to the image"),
        (
            {"AIRFLOW_CONN_CRM": "http://u:p@crm"},
            "must not set AIRFLOW_CONN_CRM: a connection can contain a password; use secrets",
        ),
    ],
    "secrets": [
        (
            {"A": "two words"},
            "must be the name of a secret in Secrets Manager, the path of an SSM parameter ('/...'), or",
        ),
        ({"DB_PASSWORD": "db:password"}, "must not set DB_PASSWORD: the stack sets it"),
        (
            {"A": "arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/a"},
            ".A must be an ARN of the stage's partition, arn:aws:..., got 'arn:aws-us-gov:",
        ),
        (
            {"AIRFLOW__CORE__FERNET_KEY": "x"},
            "must not set AIRFLOW__CORE__FERNET_KEY: use airflow_config; for a secret",
        ),
        ({"no_proxy": "x"}, "must not set no_proxy: the stack adds its own hosts to it; use environment"),
    ],
    "max_task_cpu": [(128, "must be greater than or equal to 256, got 128")],
    "max_task_memory_mib": [(256, "must be greater than or equal to 512, got 256")],
    "queue_administrator_arns": [
        (["arn:aws:sts::123456789012:assumed-role/admin/me"], "must be a role's ARN such as"),
        (["arn:aws:iam::123456789012:role/*"], "must be a role's ARN such as"),
    ],
    "execute_command": [("on", "must be a valid boolean")],
    "pause_schedule": [
        ({"pause": "20:00", "resume": "cron(0 7 * * ? *)"}, "pause must be a cron expression of EventBridge Scheduler"),
        (
            {"pause": "cron(0 20 * * ? *)", "resume": "cron(10 20 * * ? *)"},
            "resume must start 50 minutes or more after pause, which takes 20 minutes, got",
        ),
    ],
    "key_versions": [
        ({"fernet": 0}, "must be greater than or equal to 1, got 0"),
        ({"fernt": 1}, "is unknown; did you mean 'fernet'?"),
    ],
    "airflow_image": [
        ("airflow", "must be an image with its registry and a tag or digest, such as"),
        (
            "123456789012.dkr.ecr.eu-central-1.amazonaws.com.cn/a:1",
            "got the registry '123456789012.dkr.ecr.eu-central-1.amazonaws.com.cn'",
        ),
        ("123456789012.dkr.ecr.middle-earth-1.amazonaws.com/a:1", "must be in a registry of ECR that exists, such"),
    ],
    "github_roles": [
        *(
            (
                {"repository": wrong},
                "must be owner and name of a repository, both with their ids or both without",
            )
            for wrong in ("airflow", "team/*", "team/airflow:ref", "https://github.com/team/airflow", "team@1/airflow")
        ),
        ({"repository": "team/airflow@2"}, "must be owner and name of a repository"),
        ({"repository": "a/b", "branch": "refs/heads/*"}, "must be a branch of letters, digits and ._-/, such as main"),
        ({"repository": "a/b", "environment": "*"}, "must be an environment of letters, digits and ._-, such as prod"),
        ({"repository": "a/b", "create_oidc_provider": 1}, "must be a valid boolean, got 1"),
        ({"repository": "a/b", "permissions_boundary_arn": "boundary"}, "must be a policy's ARN such as arn:aws:iam::"),
        ({"branch": "main"}, "github_roles.repository is required"),
    ],
    "image_registry": [
        ("https://r.example.com/team", "must be a registry, with a path or without, such as 123456789012.dkr.ecr."),
        ("r.example.com/team/", "must be a registry, with a path or without, such as 123456789012.dkr.ecr."),
        ("123456789012.dkr.ecr.middle-earth-1.amazonaws.com", "must be in a registry of ECR that exists, such"),
    ],
    "registry_credentials": [
        (
            {"https://registry.example.com": "login"},
            "must be a registry's host such as registry.example.com; registries of ECR need no login",
        ),
        ({"123456789012.dkr.ecr.eu-central-1.amazonaws.com": "login"}, "must be a registry's host such as"),
        (
            {"r.example.com": "/login"},
            "must be the name or the whole ARN of a secret in Secrets Manager, without a key",
        ),
        ({"r.example.com": "login:key"}, "must be the name or the whole ARN of a secret in Secrets Manager, without a"),
        (
            {"r.example.com": "login"},
            "r.example.com has no effect, because the stage's images are built by its deployment; remove it",
        ),
    ],
    "task_images": [
        ({"x": "x"}, "must be an image with its registry and a tag or digest, such as"),
        ({"${x}": "registry.example.com/a:1"}, "must be a folder of tasks/ such as number_task, got '${x}'"),
    ],
    "allowed_cidrs": [
        (("10.0.0.0/33",), "must be an IPv4 network such as 10.0.0.0/16"),
        (("127.0.0.1/32",), "must be a network that hosts have addresses in, got '127.0.0.1/32', part of 127.0.0.0/8"),
        (
            ("0.0.0.0/0",),
            "must not contain more than 16777216 public addresses, a /8, without listener_protocol = 'TLS', got 42728",
        ),
        (["0.0.0.0/1", "128.0.0.0/1"], "must not contain more than 16777216 public addresses"),
        (("0.0.0.0/0.0.0.0",), "must not contain more than 16777216 public addresses"),
        (("128.0.0.0/1",), "must not contain more than 16777216 public addresses"),
        (("10.0.0.0/8", "18.0.0.0/8", "203.0.113.7/32"), "without listener_protocol = 'TLS', got 16777217: passwords"),
        (("10.0.0.0/8", "10.0.0.0/8"), "must name each network once, got 10.0.0.0/8 twice"),
    ],
    "internal": [("yes", "must be a valid boolean")],
    "listener_protocol": [
        ("HTTPS", "must be 'TCP' or 'TLS', got 'HTTPS'"),
        ("TLS", "'TLS' needs certificate_arn, or domain_name and hosted_zone_id, for which ACM makes a certificate"),
    ],
    "certificate_arn": [
        ("arn:aws:iam::123456789012:server-certificate/x", "must be an ACM certificate's ARN"),
        ("arn:aws:acm:us-east-1:123456789012:certificate/x", "needs listener_protocol = 'TLS', got 'TCP'"),
        (
            "arn:aws:acm:eu-central-1:123456789012:certificate/x",
            "must be of a certificate in the stage's region, us-east-1, got one in eu-central-1",
        ),
    ],
    "domain_name": [
        (
            "http://airflow",
            "must be a domain name such as airflow.example.com, in lower case, of up to 253 characters",
        ),
        ("a" * 64 + ".example.com", "must be a domain name such as airflow.example.com"),
        ("airflow." + "a" * 64, "must be a domain name such as airflow.example.com"),
        (".".join(["a" * 50] * 5) + ".com", "must be a domain name such as airflow.example.com"),
    ],
    "hosted_zone_id": [
        ("zone", "must be a hosted zone's id such as"),
        ("Z0123456789", "needs domain_name, the name of the record in that zone"),
    ],
}
