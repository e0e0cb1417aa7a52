"""Promises of the policies for DAG bundles."""

import pytest

from airflow_on_fargate.pipeline_roles.policies import policies
from constructs_lib.settings.dag_bundles import DagsInGit, DagsInS3
from constructs_lib.settings.settings import Settings
from tests.airflow_on_fargate.pipeline_roles.evaluator import Request, allows

ACCOUNT = "123456789012"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
SETTINGS = Settings(
    stage="dev",
    allowed_account_ids=(ACCOUNT,),
    dags={
        "etl": DagsInS3(),
        "reports": DagsInS3(bucket="team-dags", prefix="teams/data", kms_key_arn=KEY),
        "web": DagsInGit(url="https://git.example.com/team/dags", secret="team/git:token"),
    },
)
DOCUMENTS = policies(SETTINGS, ())
OWN = f"arn:aws:s3:::airflow-dev-dags-{ACCOUNT}-us-east-1"
TEAM = "arn:aws:s3:::team-dags"
ETL = [
    *((action, f"{OWN}/dags/etl/{name}") for action in ("s3:GetObject", "s3:PutObject") for name in ("current.json",)),
    ("s3:PutObject", f"{OWN}/dags/etl/packs/a.tar.gz"),
    ("s3:GetObject", f"{OWN}/dags/etl/versions/a.json"),
    ("s3:GetObject", f"{OWN}/dags/tasks.json"),
]
REPORTS = [
    ("s3:PutObject", f"{TEAM}/teams/data/reports/current.json"),
    ("s3:GetObject", f"{TEAM}/teams/data/tasks.json"),
    ("kms:GenerateDataKey", KEY),
    ("kms:Decrypt", KEY),
]
NOTHING_ELSE = [
    ("s3:PutObject", f"{OWN}/dags/tasks.json"),
    ("s3:PutObject", f"{OWN}/dags/other/current.json"),
    ("s3:PutObject", f"{OWN}/other/etl/current.json"),
    ("s3:PutObject", f"{TEAM}/teams/data/tasks.json"),
    ("s3:DeleteObject", f"{OWN}/dags/etl/versions/a.json"),
    ("s3:DeleteObjectVersion", f"{OWN}/dags/etl/versions/a.json"),
    ("s3:PutBucketPolicy", OWN),
    ("s3:GetObject", f"arn:aws:s3:::airflow-dev-logs-{ACCOUNT}-us-east-1/airflow/a"),
    ("ecs:UpdateService", f"arn:aws:ecs:us-east-1:{ACCOUNT}:service/airflow-dev/airflow"),
]


def may(policy: str, action: str, resource: str, **context: str) -> bool:
    """Return whether a role with only this policy may do it."""
    return allows([DOCUMENTS[policy]], Request(action, resource, context))


@pytest.mark.parametrize(("action", "resource"), [*ETL, *REPORTS])
def test_a_push_reads_and_writes_its_bundle(action: str, resource: str) -> None:
    """The policy for pushes allows what a push to each bundle needs."""
    assert may("push-dags", action, resource)


@pytest.mark.parametrize(("action", "resource"), NOTHING_ELSE)
def test_a_push_does_nothing_else(action: str, resource: str) -> None:
    """The policy for pushes allows neither deletes, nor writes outside the bundles, nor anything else of the stage."""
    assert not may("push-dags", action, resource)


def test_a_team_pushes_only_its_own_bundle() -> None:
    """The policy of one bundle allows what a push to it needs, and nothing in another bundle."""
    assert {name for name in DOCUMENTS if name.startswith("push-dags")} == {
        *("push-dags", "push-dags-etl", "push-dags-reports"),
    }
    assert all(may("push-dags-etl", *each) for each in ETL)
    assert not any(may("push-dags-etl", *each) for each in (*REPORTS, *NOTHING_ELSE))
    assert all(may("push-dags-reports", *each) for each in REPORTS)
    assert not any(may("push-dags-reports", *each) for each in (*ETL, *NOTHING_ELSE))


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [("dags/etl/current.json", True), ("dags/tasks.json", True), ("dags/other/", False), ("", False)],
)
def test_a_push_lists_only_its_own_keys(prefix: str, *, expected: bool) -> None:
    """A push can find out that an object of its bundle is missing, and can list nothing else."""
    assert may("push-dags-etl", "s3:ListBucket", OWN, **{"s3:prefix": prefix}) is expected


def test_a_plan_finds_the_secret_of_a_repository() -> None:
    """A plan may look up the secret that a bundle in Git names."""
    secret = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:team/git-a1B2c3"

    assert may("plan-secrets", "secretsmanager:DescribeSecret", secret)


@pytest.mark.parametrize(
    ("bundle", "has_bucket", "has_key"),
    [(DagsInS3(), True, False), (DagsInS3(bucket="team-dags", kms_key_arn=KEY), False, True)],
)
def test_policies_have_what_the_stage_has(bundle: DagsInS3, *, has_bucket: bool, has_key: bool) -> None:
    """Only a bucket of the stage is created, and a key is used only if there is one."""
    documents = policies(Settings(stage="dev", allowed_account_ids=(ACCOUNT,), dags=bundle), ())
    plan, deploy, push = (str(documents[name]) for name in ("plan-dags", "deploy-dags", "push-dags"))

    assert ("s3:GetBucketPolicy" in plan, "s3:CreateBucket" in deploy) == (has_bucket, has_bucket)
    assert ("kms:" in plan, "kms:" in deploy, "kms:" in push) == (has_key, has_key, has_key)


def test_a_deployment_writes_the_table_of_a_stage_with_dags_in_git() -> None:
    """A deployment creates the bucket and writes the table, a plan reads them, and there is nothing to push."""
    git = DagsInGit(url="https://git.example.com/team/dags")
    documents = policies(Settings(stage="dev", allowed_account_ids=(ACCOUNT,), dags=git), ())
    table = f"{OWN}/dags/tasks.json"

    assert {name for name in documents if "dags" in name} == {"plan-dags", "deploy-dags"}
    assert allows([documents["deploy-dags"]], Request("s3:PutObject", table, {}))
    assert allows([documents["deploy-dags"]], Request("s3:CreateBucket", OWN, {}))
    assert allows([documents["plan-dags"]], Request("s3:GetObject", table, {}))
    assert not allows([documents["plan-dags"]], Request("s3:PutObject", table, {}))
    assert not allows([documents["deploy-dags"]], Request("s3:PutObject", f"{OWN}/dags/web/current.json", {}))


def test_a_plan_changes_no_dag() -> None:
    """The policy of a plan reads bucket and table and writes nothing; a stage without bundles has none."""
    assert may("plan-dags", "s3:GetObject", f"{OWN}/dags/tasks.json")
    assert not may("plan-dags", "s3:GetObject", f"{OWN}/dags/etl/current.json")
    assert not may("plan-dags", "s3:PutObject", f"{OWN}/dags/tasks.json")
    assert may("deploy-dags", "s3:PutObject", f"{TEAM}/teams/data/tasks.json")
    assert not may("deploy-dags", "s3:PutObject", f"{TEAM}/teams/data/reports/current.json")
    assert not [name for name in policies(Settings(stage="dev"), ()) if "dags" in name]
