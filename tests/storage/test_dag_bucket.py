"""Promises of the bucket of DAG bundles, and of who may do what in it."""

import json
import re
from string import ascii_lowercase

import pytest

from constructs_lib.settings.dag_bundles import DagsInS3
from tests.template import Template, environment
from tests.variants import BUNDLES, changed, variant

OWN = "${aws_s3_bucket.dags.arn}"
KEY = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
INLINE_POLICY_CHARACTERS = 10_240
"""IAM: "IAM and AWS STS quotas", of all inline policies of a role."""
TEAM = "arn:${data.aws_partition.account.partition}:s3:::team-dags"


@pytest.fixture(name="bundles", scope="module")
def _bundles() -> Template:
    return variant("bundles")


def allowed(template: Template, role: str) -> set[tuple[str, str]]:
    """Return what the task role *role* may do with the buckets of DAGs: action and resource."""
    return {
        (action, resource)
        for _, statement in template.statements(name=f"{role}_task")
        for action in statement["Action"]
        for resource in statement["Resource"]
        if resource.startswith((OWN, TEAM, KEY))
    }


def test_its_name_is_the_stages_and_the_accounts(bundles: Template) -> None:
    """The name of the bucket has the stage, the account and the region."""
    assert bundles.all("aws_s3_bucket")["dags"]["bucket"] == (
        "airflow-bundles-dags-${data.aws_caller_identity.account.account_id}-us-east-1"
    )


def test_what_is_deleted_can_be_restored(bundles: Template) -> None:
    """The bucket keeps replaced and deleted objects for 30 days, and deletes no current object by its age."""
    assert [each["bucket"] for each in bundles.all("aws_s3_bucket_versioning").values()] == ["${aws_s3_bucket.dags.id}"]
    [rule] = bundles.all("aws_s3_bucket_lifecycle_configuration")["dags_lifecycle"]["rule"]

    assert rule["noncurrent_version_expiration"] == [{"noncurrent_days": 30}]
    assert "expiration" not in rule


def test_only_bundles_without_a_bucket_need_one() -> None:
    """The stage creates no bucket if its bundles name existing ones, or if its DAGs are in the image."""
    existing = changed("bundles", dags={"shared": BUNDLES["shared"]})

    assert list(existing.all("aws_s3_bucket")) == ["task_logs"]
    assert list(variant("compact").all("aws_s3_bucket")) == ["task_logs"]
    assert not variant("compact").all("aws_s3_object")


@pytest.mark.parametrize("stage", ["compact", "split"])
def test_dags_in_the_image_need_no_right(stage: str) -> None:
    """A stage with DAGs in the image grants nothing for bundles: each statement names a resource."""
    assert [role for role, statement in variant(stage).statements() if not statement["Resource"]] == []


def test_its_key_is_that_of_its_bundles() -> None:
    """The bucket is encrypted with the key of the bundles in it."""
    template = changed("compact", dags=DagsInS3(kms_key_arn=KEY))
    [rule] = template.all("aws_s3_bucket_server_side_encryption_configuration")["dags_encryption"]["rule"]

    assert rule["apply_server_side_encryption_by_default"] == {"kms_master_key_id": KEY, "sse_algorithm": "aws:kms"}


def test_readers_read_only_their_prefix(bundles: Template) -> None:
    """Workers can get the objects below the prefix of each bundle, and can neither list nor change anything."""
    assert allowed(bundles, "worker_default") == {
        ("s3:GetObject", f"{OWN}/dags/*"),
        ("s3:GetObject", f"{TEAM}/teams/data/*"),
        ("kms:Decrypt", KEY),
    }


def test_only_retention_deletes() -> None:
    """Only the scheduler's task may delete, only in the folders of each bundle, and no task an object's version."""
    template = changed("split", dags=BUNDLES)
    folders = {OWN: ["dags/etl/", "dags/reports/"], TEAM: ["teams/data/shared/"]}
    deletes = {("s3:DeleteObject", f"{bucket}/{each}*/*") for bucket, found in folders.items() for each in found}
    listed = [
        (statement["Resource"], statement["Condition"])
        for _, statement in template.statements(name="scheduler_task")
        if statement["Action"] == ["s3:ListBucket"]
    ]

    reads = allowed(template, "dag_processor")
    assert {action for action, _ in reads} == {"s3:GetObject", "kms:Decrypt"}
    assert allowed(template, "scheduler") == reads | deletes | {("s3:ListBucket", OWN), ("s3:ListBucket", TEAM)}
    assert listed == [
        ([bucket], {"StringLike": {"s3:prefix": [f"{each}*" for each in found]}}) for bucket, found in folders.items()
    ]
    assert {role for role in ("api_server", "triggerer") if allowed(template, role)} == set()


def test_many_bundles_fit_the_policy_of_a_role() -> None:
    """The role of all processes has room for 20 bundles with the longest names in the stage's bucket."""
    template = changed("compact", dags={letter * 40: DagsInS3() for letter in ascii_lowercase[:20]})
    document = template.all("aws_iam_role_policy")["airflow_task"]["policy"]

    # Most ARNs are shorter.
    assert len(re.sub(r"\$\{[^}]*\}", "x" * 80, document)) < INLINE_POLICY_CHARACTERS


def test_the_table_of_tasks_is_beside_the_bundles(bundles: Template) -> None:
    """Each bucket and prefix has one table of the deployed folders, written after their task definitions."""
    tables = bundles.all("aws_s3_object").values()
    [content] = {each["content"] for each in tables}
    tasks = json.loads(content)

    assert sorted((each["bucket"], each["key"]) for each in tables) == [
        ("${aws_s3_bucket.dags.bucket}", "dags/tasks.json"),
        ("team-dags", "teams/data/tasks.json"),
    ]
    assert tasks["tasks"]["number_task"] == {
        "architecture": "X86_64",
        "capacity": "FARGATE",
        "cpu": 256,
        "ephemeral_storage_gib": None,
        "family": "airflow-bundles-number-task",
        "memory_mib": 512,
    }
    for each in tables:
        assert "aws_ecs_task_definition.dag_tasks_number_task" in each["depends_on"]
        # An object of S3 has at most ten tags; those of a stage can be more.
        assert each["override_provider"] == {"default_tags": {"tags": {}}}


def test_an_address_follows_its_key() -> None:
    """The table of a bundle keeps its address when bundles are added beside it, and has another in another place."""
    alone = changed("compact", dags=DagsInS3())
    others = changed("compact", dags={"dags": DagsInS3(), "other": DagsInS3(prefix="other")})

    assert alone.all("aws_s3_object").items() <= others.all("aws_s3_object").items()
    assert len(others.all("aws_s3_object")) == 2


def test_the_closed_network_lets_existing_buckets_through(bundles: Template) -> None:
    """Without a route to the internet, the endpoint of S3 allows the buckets that bundles name."""
    policy = json.loads(bundles.all("aws_vpc_endpoint")["network_s3"]["policy"])
    [named] = [each for each in policy["Statement"] if each["Sid"] == "NamedBuckets"]

    assert named["Resource"] == [TEAM, f"{TEAM}/*"]


def test_a_process_knows_the_bundles_that_it_reads(bundles: Template) -> None:
    """Dag-processor and worker get the list of bundles, and what removes old versions gets the rules for that."""
    listed = "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"
    containers = bundles.containers("airflow") | bundles.containers("worker_default")
    have = {name: environment(each) for name, each in containers.items()}

    assert {name for name in have if listed in have[name]} == {"dag-processor", "worker"}
    assert have["worker"][listed] == have["dag-processor"][listed]
    etl, _, shared, web = json.loads(have["worker"][listed])
    assert etl == {
        "name": "etl",
        "classpath": "airflow_fargate.dag_bundles.s3.VersionedS3DagBundle",
        "kwargs": {"bucket": "${aws_s3_bucket.dags.bucket}", "prefix": "dags", "refresh_interval": 2},
    }
    assert shared["kwargs"] == {"bucket": "team-dags", "prefix": "teams/data", "refresh_interval": 2}
    assert web["name"] == "web"
    assert {name for name in have if "AIRFLOW_FARGATE_DAG_RETENTION" in have[name]} == {"autoscaler"}
    assert json.loads(have["autoscaler"]["AIRFLOW_FARGATE_DAG_RETENTION"])["reports"] == {
        "bucket": "${aws_s3_bucket.dags.bucket}",
        "prefix": "dags",
        "keep_versions": 5,
        "keep_days": 7,
    }


def test_a_stage_without_autoscaler_has_its_retention_in_the_scheduler() -> None:
    """Without worker pools the scheduler's container removes old versions."""
    containers = changed("compact", dags=DagsInS3()).containers("airflow")

    assert [name for name in containers if "AIRFLOW_FARGATE_DAG_RETENTION" in environment(containers[name])] == [
        "scheduler"
    ]
